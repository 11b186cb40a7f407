import fc from "fast-check";

/** Names that every object, or somebody's parser, already has a meaning for. */
export const inheritedNames = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "__defineGetter__",
  "then",
  "length",
] as const;

/** Elements and entities that must come back as text: an answer with an element so named is broken. */
export const injectedElement = "injected";

const lists = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** Texts that broke somebody once. */
const famous = [
  ...inheritedNames,
  "",
  " ",
  "\0",
  "\uD800",
  "\uDC00x",
  "\uFFFE\uFFFF",
  "\r\n",
  "X: y\r\n\r\nHTTP/1.1 200 OK",
  `<${injectedElement}/>`,
  `]]><${injectedElement}>`,
  `</Message><${injectedElement}/>`,
  `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`,
  `"><?xml version="1.0"?><!--`,
  "&amp;&#0;&lt;&unknown;",
  "null",
  "true",
  "NaN",
  "-0",
  "1e999",
  "9007199254740993",
  "00000000000000000000001",
  "%",
  "%00%ff%",
  "%E0%A4%A",
  "+",
  "a=b&c=d;e",
  "../../etc/passwd",
  "/000000000000/orders",
  "arn:aws:sqs:us-east-1:000000000000:orders",
  "arn:aws:sqs:us-east-1:111122223333:orders",
  "arn:::::",
  `arn:aws:sqs:us-east-1:000000000000:${"x".repeat(3000)}`,
  "http://x/000000000000/orders",
  " ".repeat(2000),
  "*".repeat(200),
  ".".repeat(200),
  "/".repeat(500),
  ",".repeat(500),
  lists(100),
  objects(100),
];

/** Those that cost something to make, and so come seldom. */
const long = [
  "a".repeat(5000),
  '"'.repeat(3000),
  "\u0001<".repeat(2000),
  lists(20_000),
  objects(20_000),
  "[".repeat(20_000),
];

/** Any text, hostile ones more often than not. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 80, arbitrary: fc.constantFrom(...famous) },
  { weight: 1, arbitrary: fc.constantFrom(...long) },
  { weight: 40, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 20, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 20, arbitrary: fc.base64String({ maxLength: 200 }) },
  { weight: 20, arbitrary: fc.integer().map(String) },
);

/** Text that a header can carry: what a transport lets through. */
export const headerText: fc.Arbitrary<string> = nastyText.map((text) =>
  text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?").slice(0, 4000),
);

/** Any value of JSON, names that objects inherit among its keys. */
export const nastyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    nastyText,
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...inheritedNames), nastyText), tie("value")), {
        maxLength: 3,
      })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
})).value;

/** Policies of each kind, whole, and with something in them that does not belong. */
export const policyText: fc.Arbitrary<string> = fc.oneof(
  nastyText,
  nastyJson.map((value) => JSON.stringify(value)),
  nastyJson.map((value) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "*", Resource: "*", Condition: value },
      ],
    }),
  ),
  nastyJson.map((value) => JSON.stringify({ Version: "2012-10-17", Statement: value })),
  fc
    .tuple(fc.constantFrom("orders", "dead", "orders.fifo", "gone"), nastyJson)
    .map(([name, count]) =>
      JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
        maxReceiveCount: count,
      }),
    ),
  fc.constantFrom("dead", "orders").map((name) =>
    JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
      maxReceiveCount: 2,
    }),
  ),
  fc
    .integer({ min: 1, max: 9000 })
    .map(
      (levels) =>
        `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":${lists(levels)}}`,
    ),
  fc
    .integer({ min: 1, max: 3900 })
    .map(
      (levels) =>
        `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"S":{"k":${lists(levels)}}}}}`,
    ),
  fc
    .tuple(fc.constantFrom("allowAll", "denyAll", "byQueue"), nastyJson)
    .map(([kind, arns]) => JSON.stringify({ redrivePermission: kind, sourceQueueArns: arns })),
);

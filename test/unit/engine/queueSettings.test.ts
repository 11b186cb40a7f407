import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  changeSettings,
  checkAttributeNames,
  defaultSettings,
  describeSettings,
  firstDifference,
  isFifoRequested,
  type QueueSettings,
  readableAttributeNames,
  settingsFromJson,
  settingsToJson,
} from "#engine/queueSettings.ts";
import { refusalOf } from "../../support/refusalOf.ts";

type Attributes = Readonly<Record<string, string>>;

const standard = defaultSettings(false);
const fifo = defaultSettings(true);
const target = "arn:aws:sqs:eu-central-1:123456789012:failed";
const redrive = JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 3 });
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }],
});

function change(
  attributes: Attributes,
  from: QueueSettings = standard,
  mode: "create" | "set" = "set",
): QueueSettings {
  return changeSettings(from, new Map(Object.entries(attributes)), mode);
}

function described(settings: QueueSettings): Attributes {
  return Object.fromEntries(describeSettings(settings));
}

const unknown = (name: string) => ["InvalidAttributeName", `Unknown Attribute ${name}.`];
const invalid = (name: string) => [
  "InvalidAttributeValue",
  `Invalid value for the parameter ${name}.`,
];

describe("describeSettings", () => {
  it("shows six attributes of a new standard queue", () => {
    expect(described(standard)).toEqual({
      DelaySeconds: "0",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      ReceiveMessageWaitTimeSeconds: "0",
      SqsManagedSseEnabled: "true",
      VisibilityTimeout: "30",
    });
  });

  it("shows four more of a new FIFO queue", () => {
    expect(described(fifo)).toEqual({
      ...described(standard),
      ContentBasedDeduplication: "false",
      DeduplicationScope: "queue",
      FifoQueue: "true",
      FifoThroughputLimit: "perQueue",
    });
  });

  it("shows documents as submitted, except that a redrive policy is normalised", () => {
    const allow = ' { "redrivePermission" : "denyAll" } ';
    const settings = change({
      Policy: ` ${policy} `,
      RedriveAllowPolicy: allow,
      RedrivePolicy: `{ "maxReceiveCount": "3", "deadLetterTargetArn": "${target}" }`,
    });

    expect(described(settings)).toMatchObject({
      Policy: ` ${policy} `,
      RedriveAllowPolicy: allow,
      RedrivePolicy: `{"deadLetterTargetArn":"${target}","maxReceiveCount":3}`,
    });
  });
});

describe("changeSettings", () => {
  it.each([
    ["DelaySeconds", 0, 900],
    ["MaximumMessageSize", 1024, 1_048_576],
    ["MessageRetentionPeriod", 60, 1_209_600],
    ["ReceiveMessageWaitTimeSeconds", 0, 20],
    ["VisibilityTimeout", 0, 43_200],
  ])("takes %s from %i to %i and no further", (name, min, max) => {
    expect(described(change({ [name]: String(min) }))[name]).toBe(String(min));
    expect(described(change({ [name]: String(max) }))[name]).toBe(String(max));
    expect(refusalOf(() => change({ [name]: String(min - 1) }))).toEqual(invalid(name));
    expect(refusalOf(() => change({ [name]: String(max + 1) }))).toEqual(invalid(name));
  });

  it.each([["60"], ["86400"]])("takes KmsDataKeyReusePeriodSeconds %s", (value) => {
    const settings = change({ KmsMasterKeyId: "k", KmsDataKeyReusePeriodSeconds: value });

    expect(described(settings)["KmsDataKeyReusePeriodSeconds"]).toBe(value);
  });

  it.each([["59"], ["86401"]])("refuses KmsDataKeyReusePeriodSeconds %s", (value) => {
    const name = "KmsDataKeyReusePeriodSeconds";

    expect(refusalOf(() => change({ [name]: value }))).toEqual(invalid(name));
  });

  it.each([["030"], ["30"], ["00000000000000000000030"]])("reads %j as thirty", (value) => {
    expect(change({ VisibilityTimeout: value }).visibilityTimeoutSeconds).toBe(30);
  });

  it.each([
    [""],
    [" 5"],
    ["5 "],
    ["+5"],
    ["-5"],
    ["-0"],
    ["5.0"],
    ["1e3"],
    ["0x10"],
    ["5\n"],
    ["٥"],
    ["five"],
    ["NaN"],
    ["9".repeat(400)],
  ])("does not read %j as a number", (value) => {
    expect(refusalOf(() => change({ VisibilityTimeout: value }))).toEqual(
      invalid("VisibilityTimeout"),
    );
  });

  it.each([["true"], ["True"], ["TRUE"], ["tRuE"]])("reads %s as true", (value) => {
    expect(change({ ContentBasedDeduplication: value }, fifo).fifo).toMatchObject({
      contentBasedDeduplication: true,
    });
  });

  it.each([
    ["SqsManagedSseEnabled", ""],
    ["SqsManagedSseEnabled", "yes"],
    ["ContentBasedDeduplication", "1"],
    ["ContentBasedDeduplication", " true"],
    ["FifoQueue", ""],
    ["FifoQueue", "maybe"],
    ["DeduplicationScope", "Queue"],
    ["DeduplicationScope", ""],
    ["FifoThroughputLimit", "perMessageGroup"],
  ])("refuses %s %j", (name, value) => {
    expect(refusalOf(() => change({ [name]: value }, fifo))).toEqual(invalid(name));
  });

  it.each([
    ["Nonsense"],
    ["delaySeconds"],
    [""],
    ["All"],
    ["__proto__"],
    ["constructor"],
    ["QueueArn"],
    ["ApproximateNumberOfMessages"],
    ["ApproximateNumberOfMessagesNotVisible"],
    ["ApproximateNumberOfMessagesDelayed"],
    ["CreatedTimestamp"],
    ["LastModifiedTimestamp"],
  ])("refuses the name %j, which nobody can set", (name) => {
    const attributes = new Map([[name, "1"]]);

    expect(refusalOf(() => changeSettings(standard, attributes, "create"))).toEqual(unknown(name));
    expect(refusalOf(() => changeSettings(fifo, attributes, "set"))).toEqual(unknown(name));
  });

  it.each([
    ["FifoQueue", "true", unknown("FifoQueue")],
    ["FifoQueue", "false", unknown("FifoQueue")],
    ["FifoQueue", "", unknown("FifoQueue")],
    ["ContentBasedDeduplication", "false", unknown("ContentBasedDeduplication")],
    [
      "DeduplicationScope",
      "queue",
      [
        "InvalidAttributeName",
        "You can specify the DeduplicationScope only when FifoQueue is set to true.",
      ],
    ],
    [
      "FifoThroughputLimit",
      "perQueue",
      [
        "InvalidAttributeName",
        "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
      ],
    ],
  ])("refuses %s %j on a standard queue", (name, value, refusal) => {
    expect(refusalOf(() => change({ [name]: value }, standard, "create"))).toEqual(refusal);
    expect(refusalOf(() => change({ [name]: value }, standard, "set"))).toEqual(refusal);
  });

  it("lets FifoQueue true pass on a FIFO queue, to no effect", () => {
    expect(change({ FifoQueue: "True" }, fifo, "set")).toEqual(fifo);
    expect(change({ FifoQueue: "true" }, fifo, "create")).toEqual(fifo);
  });

  it("refuses to make a standard queue of a FIFO queue", () => {
    expect(refusalOf(() => change({ FifoQueue: "false" }, fifo, "set"))).toEqual([
      "InvalidAttributeValue",
      "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    ]);
  });

  it("takes perMessageGroupId with messageGroup, in either order and over two calls", () => {
    const scope = { DeduplicationScope: "messageGroup" };
    const limit = { FifoThroughputLimit: "perMessageGroupId" };
    const both = { deduplicationScope: "messageGroup", throughputLimit: "perMessageGroupId" };

    expect(change({ ...scope, ...limit }, fifo).fifo).toMatchObject(both);
    expect(change({ ...limit, ...scope }, fifo).fifo).toMatchObject(both);
    expect(change(limit, change(scope, fifo)).fifo).toMatchObject(both);
    expect(change(scope, fifo).fifo).toMatchObject({ throughputLimit: "perQueue" });
  });

  it.each([
    ["alone", { FifoThroughputLimit: "perMessageGroupId" }, fifo],
    [
      "left behind",
      { DeduplicationScope: "queue" },
      change(
        { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" },
        fifo,
      ),
    ],
  ])("refuses perMessageGroupId %s", (_, attributes, from) => {
    expect(refusalOf(() => change(attributes, from))).toEqual([
      "InvalidParameterValueException",
      "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup",
    ]);
  });

  it("names the first bad attribute of several, in the order given", () => {
    expect(refusalOf(() => change({ VisibilityTimeout: "-1", Nonsense: "1" }))).toEqual(
      invalid("VisibilityTimeout"),
    );
    expect(refusalOf(() => change({ Nonsense: "1", VisibilityTimeout: "-1" }))).toEqual(
      unknown("Nonsense"),
    );
  });

  it("leaves the settings that it was given as they were", () => {
    const before = settingsToJson(fifo);

    change({ DelaySeconds: "9", ContentBasedDeduplication: "true", Policy: policy }, fifo);

    expect(settingsToJson(fifo)).toBe(before);
  });

  it.each([
    ["Policy", policy],
    ["RedrivePolicy", redrive],
    ["RedriveAllowPolicy", '{"redrivePermission":"denyAll"}'],
  ])("removes %s by an empty string", (name, value) => {
    const set = change({ [name]: value });

    expect(set).not.toEqual(standard);
    expect(change({ [name]: "" }, set)).toEqual(standard);
    expect(change({ [name]: "" })).toEqual(standard);
  });
});

describe("changeSettings of encryption", () => {
  const kms = change({ KmsMasterKeyId: "alias/key", KmsDataKeyReusePeriodSeconds: "600" });

  it("turns SQS's own encryption off when a key is set", () => {
    expect(described(change({ KmsMasterKeyId: "alias/key" }))).toMatchObject({
      KmsDataKeyReusePeriodSeconds: "300",
      KmsMasterKeyId: "alias/key",
      SqsManagedSseEnabled: "false",
    });
  });

  it("keeps the reuse period to itself until there is a key", () => {
    const settings = change({ KmsDataKeyReusePeriodSeconds: "600" });

    expect(described(settings)).toEqual(described(standard));
    expect(described(change({ KmsMasterKeyId: "k" }, settings))).toMatchObject({
      KmsDataKeyReusePeriodSeconds: "600",
    });
  });

  it("removes the key when SQS's own encryption is turned on", () => {
    expect(change({ SqsManagedSseEnabled: "true" }, kms)).toEqual(standard);
    expect(change({ SqsManagedSseEnabled: "true", KmsMasterKeyId: "" }, kms)).toEqual(standard);
    expect(change({ KmsMasterKeyId: "", SqsManagedSseEnabled: "true" }, kms)).toEqual(standard);
  });

  it("leaves a queue without encryption when the key is removed", () => {
    expect(change({ KmsMasterKeyId: "" }, kms)).toEqual({ ...standard, sqsManagedSse: false });
    expect(change({ KmsMasterKeyId: "" })).toEqual(standard);
  });

  it("refuses both kinds in one call", () => {
    const refusal = [
      "InvalidAttributeName",
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    ];

    expect(refusalOf(() => change({ KmsMasterKeyId: "k", SqsManagedSseEnabled: "True" }))).toEqual(
      refusal,
    );
    expect(change({ KmsMasterKeyId: "k", SqsManagedSseEnabled: "false" })).toMatchObject({
      kmsMasterKeyId: "k",
      sqsManagedSse: false,
    });
  });
});

describe("firstDifference", () => {
  const difference = (attributes: Attributes, current: QueueSettings) =>
    firstDifference(current, new Map(Object.entries(attributes)));

  it.each<[what: string, given: Attributes, current: QueueSettings, name: string | undefined]>([
    ["nothing given", {}, change({ DelaySeconds: "5" }), undefined],
    ["a default given", { VisibilityTimeout: "30" }, standard, undefined],
    ["the same in other digits", { VisibilityTimeout: "030" }, standard, undefined],
    ["another number", { VisibilityTimeout: "31" }, standard, "VisibilityTimeout"],
    [
      "the first of two",
      { DelaySeconds: "0", VisibilityTimeout: "1", MaximumMessageSize: "1024" },
      standard,
      "VisibilityTimeout",
    ],
    ["the same boolean in capitals", { ContentBasedDeduplication: "FALSE" }, fifo, undefined],
    ["another boolean", { ContentBasedDeduplication: "true" }, fifo, "ContentBasedDeduplication"],
    ["the type", { FifoQueue: "True" }, fifo, undefined],
    ["another scope", { DeduplicationScope: "messageGroup" }, fifo, "DeduplicationScope"],
    [
      "the same redrive policy in other words",
      { RedrivePolicy: `{ "maxReceiveCount": "3", "deadLetterTargetArn": "${target}" }` },
      change({ RedrivePolicy: redrive }),
      undefined,
    ],
    [
      "another count",
      { RedrivePolicy: redrive.replace("3}", "4}") },
      change({ RedrivePolicy: redrive }),
      "RedrivePolicy",
    ],
    ["a policy where there is none", { Policy: policy }, standard, "Policy"],
    ["no policy where there is one", { Policy: "" }, change({ Policy: policy }), "Policy"],
    ["no policy where there is none", { Policy: "" }, standard, undefined],
    [
      "the same policy with other spaces",
      { Policy: JSON.stringify(JSON.parse(policy), null, 2) },
      change({ Policy: policy }),
      undefined,
    ],
    [
      "another policy",
      { Policy: policy.replace("SendMessage", "ReceiveMessage") },
      change({ Policy: policy }),
      "Policy",
    ],
    [
      "the same redrive allow policy with other spaces",
      { RedriveAllowPolicy: '{ "redrivePermission": "denyAll" }' },
      change({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' }),
      undefined,
    ],
    ["a key", { KmsMasterKeyId: "k" }, standard, "KmsMasterKeyId"],
    ["the same key", { KmsMasterKeyId: "k" }, change({ KmsMasterKeyId: "k" }), undefined],
    ["a reuse period without a key", { KmsDataKeyReusePeriodSeconds: "600" }, standard, undefined],
    [
      "SQS's encryption where there is a key",
      { SqsManagedSseEnabled: "true" },
      change({ KmsMasterKeyId: "k" }),
      "SqsManagedSseEnabled",
    ],
  ])("%s", (_, given, current, name) => {
    expect(difference(given, current)).toBe(name);
  });

  it("finds none between a queue and the attributes that it shows", () => {
    const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
    const attributes = fc.record(
      {
        DelaySeconds: number(0, 900),
        MaximumMessageSize: number(1024, 1_048_576),
        SqsManagedSseEnabled: fc.constantFrom("true", "false"),
        ContentBasedDeduplication: fc.constantFrom("true", "false"),
        DeduplicationScope: fc.constantFrom("queue", "messageGroup"),
        RedrivePolicy: fc.constantFrom("", redrive),
        Policy: fc.constantFrom("", policy),
      },
      { requiredKeys: [] },
    );

    fc.assert(
      fc.property(attributes, (given) => {
        const settings = change(given, fifo, "create");

        expect(difference(given, settings)).toBeUndefined();
        expect(difference(described(settings), settings)).toBeUndefined();
        expect(settingsFromJson(settingsToJson(settings))).toEqual(settings);
      }),
    );
  });
});

describe("isFifoRequested", () => {
  it.each([
    [undefined, false],
    [{}, false],
    [{ FifoQueue: "true" }, true],
    [{ FifoQueue: "True" }, true],
    [{ FifoQueue: "false" }, false],
    [{ FifoQueue: "" }, false],
  ])("of %j is %s", (attributes, expected) => {
    const given = attributes && new Map(Object.entries<string>(attributes));

    expect(isFifoRequested(given)).toBe(expected);
  });
});

describe("checkAttributeNames", () => {
  it("takes every name that some queue has, and All", () => {
    expect(readableAttributeNames.size).toBe(21);
    expect(refusalOf(() => checkAttributeNames(["All", ...readableAttributeNames]))).toBe(
      undefined,
    );
    expect(refusalOf(() => checkAttributeNames([]))).toBe(undefined);
  });

  it.each([["Nonsense"], ["all"], [""], ["SenderId"]])("refuses %j", (name) => {
    expect(refusalOf(() => checkAttributeNames(["QueueArn", name]))).toEqual(unknown(name));
  });
});

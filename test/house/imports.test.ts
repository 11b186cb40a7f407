import { type Case, describeLinter, line } from "./describeLinter.ts";

/** What there is to import, by the name under which the table below speaks of it. */
const targets = {
  contract: "#contract/errors.ts",
  "the port": "#table/table.ts",
  "table/memory": "#table/memory/memoryTable.ts",
  "table/dynamodb": "#table/dynamodb/dynamodbTable.ts",
  "table/s3": "#table/s3/s3Blobs.ts",
  "table/sqlite": "#table/sqlite/sqliteTable.ts",
  engine: "#engine/engine.ts",
  poll: "#poll/poll.ts",
  protocol: "#protocol/codec.ts",
  auth: "#auth/sigv4.ts",
  service: "#service/service.ts",
  "service/config": "#service/config.ts",
  transport: "#transport/lambda.ts",
  kms: "#kms/kmsKeyWrapper.ts",
  "DynamoDB's SDK": "@aws-sdk/client-dynamodb",
  "KMS's SDK": "@aws-sdk/client-kms",
  "SQS's SDK": "@aws-sdk/client-sqs",
  "AWS's credentials": "@aws-sdk/credential-provider-node",
  "AWS's signer": "@smithy/signature-v4",
  SQLite: "node:sqlite",
  HTTP: "node:http",
  digests: "node:crypto",
  CDK: "aws-cdk-lib/aws-dynamodb",
  middy: "@middy/core",
  XML: "fast-xml-builder",
} as const;
type Target = keyof typeof targets;

const ours: readonly Target[] = [
  "contract",
  "the port",
  "table/memory",
  "table/dynamodb",
  "table/s3",
  "table/sqlite",
  "engine",
  "poll",
  "protocol",
  "auth",
  "service",
  "service/config",
  "transport",
  "kms",
];
const foreign: readonly Target[] = [
  "DynamoDB's SDK",
  "KMS's SDK",
  "SQS's SDK",
  "AWS's credentials",
  "AWS's signer",
  "HTTP",
  "digests",
  "middy",
  "XML",
];

interface Room {
  readonly room: string;
  /** A file in it; the linter goes by its path. */
  readonly file: string;
  readonly may: readonly Target[];
  /** What the linter says of the rest. */
  readonly refusal: string;
}

/** Who may import whom. What a row does not list is refused: a room names itself by path, too. */
const rooms: readonly Room[] = [
  {
    room: "contract",
    file: "lib/contract/limits.ts",
    may: [],
    refusal: "contract imports nothing of ours",
  },
  {
    room: "the port",
    file: "lib/table/table.ts",
    may: [],
    refusal: "The table port imports nothing of ours",
  },
  {
    room: "table/dynamodb",
    file: "lib/table/dynamodb/dynamodbTable.ts",
    may: ["the port", "DynamoDB's SDK", "AWS's signer", "HTTP", "digests"],
    refusal: "table/dynamodb imports the port",
  },
  {
    room: "table/s3",
    file: "lib/table/s3/s3Blobs.ts",
    may: ["the port", "AWS's credentials", "AWS's signer", "HTTP", "digests"],
    refusal: "table/s3 imports the port",
  },
  {
    room: "table/memory",
    file: "lib/table/memory/memoryTable.ts",
    may: ["the port", "HTTP", "digests"],
    refusal: "table/memory imports the port",
  },
  {
    room: "table/sqlite",
    file: "lib/table/sqlite/sqliteTable.ts",
    may: ["the port", "SQLite", "HTTP", "digests"],
    refusal: "table/sqlite imports the port",
  },
  {
    room: "engine",
    file: "lib/engine/queue.ts",
    may: ["contract", "the port", "digests"],
    refusal: "engine imports contract and the table port",
  },
  {
    room: "poll",
    file: "lib/poll/poll.ts",
    may: ["contract"],
    refusal: "poll imports contract",
  },
  {
    room: "protocol",
    file: "lib/protocol/json.ts",
    may: ["contract", "XML"],
    refusal: "protocol imports contract",
  },
  {
    room: "auth",
    file: "lib/auth/sigv4.ts",
    may: ["contract", "digests"],
    refusal: "auth imports contract",
  },
  {
    room: "service",
    file: "lib/service/service.ts",
    may: ["contract", "the port", "engine", "poll", "protocol", "auth", "digests"],
    refusal: "service imports contract, engine, poll, protocol, auth and the table port",
  },
  {
    room: "transport",
    file: "lib/transport/nodeHttp.ts",
    may: ["HTTP", "digests"],
    refusal: "transport imports nothing of ours",
  },
  {
    room: "kms",
    file: "lib/kms/kmsKeyWrapper.ts",
    may: ["KMS's SDK"],
    refusal: "kms imports the client of AWS KMS",
  },
  {
    room: "functions",
    file: "functions/api.ts",
    may: [
      "service",
      "service/config",
      "poll",
      "transport",
      "table/dynamodb",
      "table/s3",
      "kms",
      ...foreign,
    ],
    refusal: "functions wire",
  },
  {
    room: "functions/sweep",
    file: "functions/sweep.ts",
    may: [
      "service",
      "service/config",
      "transport",
      "engine",
      "table/dynamodb",
      "table/s3",
      "kms",
      ...foreign,
    ],
    refusal: "sweep wires",
  },
  {
    room: "bin",
    file: "bin/millrace.ts",
    may: [
      "service",
      "service/config",
      "poll",
      "transport",
      "table/memory",
      "table/dynamodb",
      "table/s3",
      "table/sqlite",
      "kms",
      "SQLite",
      ...foreign,
    ],
    refusal: "bin wires",
  },
  {
    room: "infra",
    file: "infra/queueTable.ts",
    may: ["service/config", "the port", "CDK", "SQLite", ...foreign],
    refusal: "infra imports the names in service/config.ts",
  },
  {
    room: "bench",
    file: "bench/send.ts",
    may: [...ours, "CDK", "SQLite", ...foreign],
    refusal: "",
  },
  {
    room: "test",
    file: "test/unit/engine/queue.test.ts",
    may: [...ours, "CDK", "SQLite", ...foreign],
    refusal: "",
  },
];

const arrows: readonly Case[] = rooms.flatMap(({ room, file, may, refusal }) =>
  Object.entries(targets).map(([target, from]) => {
    const isAllowed = may.some((name) => name === target);
    return {
      title: `${room} may ${isAllowed ? "" : "not "}import ${target}`,
      file,
      code:
        from === targets.digests ? `import { createHash } from "${from}";` : `import "${from}";`,
      refusal: isAllowed ? undefined : refusal,
    };
  }),
);

const byName = "Name another room by its #name.";

const everyForm: readonly Case[] = [
  line("lib/protocol/a.ts", 'import type { A } from "#engine/a.ts";', "protocol imports"),
  line("lib/protocol/a.ts", 'import { type A } from "#engine/a.ts";', "protocol imports"),
  line("lib/protocol/a.ts", 'export type { A } from "#engine/a.ts";', "protocol imports"),
  line("lib/protocol/a.ts", 'export * as a from "#engine/a.ts";', "protocol imports"),
  line("lib/protocol/a.ts", 'await import("#engine/a.ts");', "protocol imports"),
  line("lib/protocol/a.ts", 'type A = import("#engine/a.ts").A;', "Write `import type`"),
];

const byPathAndByName: readonly Case[] = [
  line("lib/engine/a.ts", 'import "./b.ts";'),
  line("lib/engine/operations/a.ts", 'import "../b.ts";'),
  line("lib/engine/a.ts", 'import "../contract/errors.ts";', "engine imports"),
  line("lib/engine/operations/a.ts", 'import "../../contract/errors.ts";', "engine imports"),
  line("lib/service/a.ts", 'import "../engine/engine.ts";', "service imports"),
  line("lib/table/sqlite/a.ts", 'import "../dynamodb/a.ts";', "table/sqlite imports"),
  line("functions/api.ts", 'import "../lib/service/service.ts";', byName),
  line("bin/millrace.ts", 'import "../lib/service/service.ts";', byName),
  line("infra/queueTable.ts", 'import "../lib/table/table.ts";', byName),
  line("infra/app.ts", 'import "./tenantStack.ts";'),
  line("bench/send.ts", 'import "../lib/engine/engine.ts";', byName),
  line("test/unit/a.test.ts", 'import "../../lib/engine/a.ts";', byName),
];

const infraReadsLimits: readonly Case[] = [
  line("infra/queueAttributes.ts", 'import "#contract/limits.ts";'),
  line("infra/queueAttributes.ts", 'import "#contract/names.ts";'),
  line("infra/queueAttributes.ts", 'import "#contract/operations.ts";', "infra imports"),
];

const functionsByPathOnly: readonly Case[] = [
  line("infra/queueApi.ts", 'import "../functions/api.ts";', "by path only"),
  line("test/infra/a.test.ts", 'import "../../infra/app.ts";'),
];

const nothingImportsTest: readonly Case[] = [
  line("lib/engine/a.ts", 'import "../../test/support/a.ts";', "engine imports"),
  line("functions/api.ts", 'import "../test/support/a.ts";', "beside lib"),
  line("bin/millrace.ts", 'import "../test/support/a.ts";', "beside lib"),
  line("infra/app.ts", 'import "../test/support/a.ts";', "beside lib"),
  line("bench/send.ts", 'import "../test/support/a.ts";', "Nothing imports test"),
  line("test/unit/a.test.ts", 'import "../support/a.ts";'),
];

const cases = [
  ...arrows,
  ...everyForm,
  ...byPathAndByName,
  ...infraReadsLimits,
  ...functionsByPathOnly,
  ...nothingImportsTest,
];

describeLinter(cases);

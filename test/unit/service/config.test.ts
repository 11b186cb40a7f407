import { describe, expect, it } from "vitest";
import { type Config, readConfig } from "#service/config.ts";
import { flags, helpText, keyFlags, variableOf } from "#service/flags.ts";

const kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000";

const defaults: Config = {
  host: "127.0.0.1",
  port: 9324,
  store: { kind: "folder", path: "./.millrace" },
  account: "000000000000",
  auth: "off",
  keyFile: "./.millrace/millrace.key",
  kmsKey: undefined,
  tenant: undefined,
  logLevel: "info",
  isRelaxed: false,
  sweeps: true,
  load: {
    connectionsMax: undefined,
    requestsMax: undefined,
    clientRequestsMax: undefined,
    bodyBytesMax: undefined,
    clientBodyBytesMax: undefined,
    uploadRateMin: undefined,
  },
  keyLimits: { keyRate: undefined, accountRate: undefined, keyRequestsMax: undefined },
  publicUrl: undefined,
  allowedHosts: [],
};

describe("readConfig", () => {
  it.each<[string, string[], Record<string, string>, Partial<Config>]>([
    ["nothing", [], {}, {}],
    ["the word start", ["start"], {}, {}],
    ["a port", ["--port", "0"], {}, { port: 0 }],
    ["a port by its variable", [], { MILLRACE_PORT: "65535" }, { port: 65535 }],
    ["a flag over a variable", ["--port=1"], { MILLRACE_PORT: "2" }, { port: 1 }],
    ["the last of two", ["--port", "1", "--port", "2"], {}, { port: 2 }],
    ["an empty variable as none", [], { MILLRACE_PORT: "", MILLRACE_TABLE: "" }, {}],
    [
      "names of ours",
      ["--allowed-hosts", "queues.example.com, mq.example"],
      {},
      { allowedHosts: ["queues.example.com", "mq.example"] },
    ],
    [
      "a folder",
      ["--data", "/a b"],
      {},
      { store: { kind: "folder", path: "/a b" }, keyFile: "/a b/millrace.key" },
    ],
    ["memory", ["--data", ":memory:"], {}, { store: { kind: "memory" }, keyFile: undefined }],
    [
      "a table",
      ["--table", "q.1_a-b"],
      {},
      { store: { kind: "dynamodb", table: "q.1_a-b", endpoint: undefined }, keyFile: undefined },
    ],
    [
      "an endpoint",
      ["--table", "queues"],
      { MILLRACE_DYNAMODB_ENDPOINT: "http://127.0.0.1:8000/" },
      {
        store: { kind: "dynamodb", table: "queues", endpoint: "http://127.0.0.1:8000" },
        keyFile: undefined,
      },
    ],
    [
      "a key of KMS",
      ["--table", "queues", "--auth", "required"],
      { MILLRACE_KMS_KEY: kmsKey },
      {
        store: { kind: "dynamodb", table: "queues", endpoint: undefined },
        auth: "required",
        keyFile: undefined,
        kmsKey,
      },
    ],
    ["a tenant", ["--tenant", "acme-eu"], {}, { tenant: "acme-eu" }],
    [
      "a bucket",
      ["--table", "queues", "--bucket", "large.messages-1"],
      {},
      {
        store: {
          kind: "dynamodb",
          table: "queues",
          endpoint: undefined,
          bucket: { bucket: "large.messages-1", prefix: "millrace/" },
        },
        keyFile: undefined,
      },
    ],
    [
      "all about a bucket by variables",
      ["--table", "queues"],
      {
        MILLRACE_BUCKET: "large",
        MILLRACE_BUCKET_PREFIX: "a/",
        MILLRACE_BUCKET_ENDPOINT: "http://127.0.0.1:9000/",
        MILLRACE_BUCKET_THRESHOLD: "65536",
      },
      {
        store: {
          kind: "dynamodb",
          table: "queues",
          endpoint: undefined,
          bucket: {
            bucket: "large",
            prefix: "a/",
            endpoint: "http://127.0.0.1:9000",
            bytesMin: 65536,
          },
        },
        keyFile: undefined,
      },
    ],
    ["signatures", ["--auth", "required"], {}, { auth: "required" }],
    ["signatures by their variable", [], { MILLRACE_AUTH: "required" }, { auth: "required" }],
    ["no signatures after all", ["--auth=off"], { MILLRACE_AUTH: "required" }, {}],
    ["a key file", ["--key-file", "/k"], {}, { keyFile: "/k" }],
    [
      "signatures and a table",
      ["--auth", "required", "--table", "abc"],
      { MILLRACE_KEY_FILE: "/k" },
      {
        auth: "required",
        keyFile: "/k",
        store: { kind: "dynamodb", table: "abc", endpoint: undefined },
      },
    ],
    ["a host", ["--host", "::"], {}, { host: "::" }],
    ["an account", ["--account", "123456789012"], {}, { account: "123456789012" }],
    [
      "bounds of its own",
      [
        "--connections-max",
        "100",
        "--requests-max",
        "50",
        "--client-requests-max",
        "9",
        "--body-bytes-max",
        "8388608",
        "--client-body-bytes-max",
        "16777216",
        "--upload-rate-min",
        "0",
      ],
      {},
      {
        load: {
          connectionsMax: 100,
          requestsMax: 50,
          clientRequestsMax: 9,
          bodyBytesMax: 8_388_608,
          clientBodyBytesMax: 16_777_216,
          uploadRateMin: 0,
        },
      },
    ],
    [
      "what one key and one account may take",
      ["--key-rate", "10", "--account-rate", "30", "--key-requests-max", "7"],
      {},
      { keyLimits: { keyRate: 10, accountRate: 30, keyRequestsMax: 7 } },
    ],
    ["without a sweep", ["--sweep", "off"], {}, { sweeps: false }],
    ["relaxed", ["--relaxed"], {}, { isRelaxed: true }],
    ["relaxed by its variable", [], { MILLRACE_RELAXED: "1" }, { isRelaxed: true }],
    [
      "not relaxed after all",
      ["--relaxed=false"],
      { MILLRACE_RELAXED: "true" },
      { isRelaxed: false },
    ],
    ["a level", [], { MILLRACE_LOG_LEVEL: "silent" }, { logLevel: "silent" }],
    [
      "a public URL",
      ["--public-url", "https://q.example:8443/sqs/"],
      {},
      { publicUrl: "https://q.example:8443/sqs" },
    ],
    [
      "a bare public URL",
      ["--public-url", "http://q.example"],
      {},
      { publicUrl: "http://q.example" },
    ],
  ])("takes %s", (_name, argv, env, said) => {
    expect(readConfig(argv, env)).toEqual({ kind: "start", config: { ...defaults, ...said } });
  });

  it.each<[string[], Record<string, string>, string]>([
    [["--port", "abc"], {}, "expected --port to be 0 to 65535, got abc"],
    [["--port", "-1"], {}, "expected --port to be 0 to 65535, got -1"],
    [["--port", "65536"], {}, "expected --port to be 0 to 65535, got 65536"],
    [["--port", "1e3"], {}, "expected --port to be 0 to 65535, got 1e3"],
    [["--port"], {}, "expected --port to be 0 to 65535, got nothing"],
    [["--port="], {}, "expected --port to be 0 to 65535, got nothing"],
    [[], { MILLRACE_PORT: "x" }, "expected MILLRACE_PORT to be 0 to 65535, got x"],
    [["--host", ""], {}, "expected --host to be an address, got nothing"],
    [["--data", ""], {}, "expected --data to be a folder or :memory:, got nothing"],
    [["--table", "a"], {}, "expected --table to be the name of a table, got a"],
    [["--table", "a b c"], {}, "expected --table to be the name of a table, got a b c"],
    [["--table", "abc", "--data", "x"], {}, "expected one of --data and --table, got both"],
    [
      ["--table", "abc"],
      { MILLRACE_DATA: "x" },
      "expected one of MILLRACE_DATA and --table, got both",
    ],
    [
      ["--dynamodb-endpoint", "http://a"],
      {},
      "expected --dynamodb-endpoint to come with --table, got it alone",
    ],
    [
      ["--table", "abc", "--dynamodb-endpoint", "a:1"],
      {},
      "expected --dynamodb-endpoint to be an http or https URL, got a:1",
    ],
    [["--bucket", "abc"], {}, "expected --bucket to come with --table, got it alone"],
    [
      ["--table", "abc", "--bucket", "A_b"],
      {},
      "expected --bucket to be the name of a bucket, got A_b",
    ],
    [
      ["--table", "abc"],
      { MILLRACE_BUCKET_THRESHOLD: "9000" },
      "expected MILLRACE_BUCKET_THRESHOLD to come with --bucket, got it alone",
    ],
    [
      ["--table", "abc", "--bucket", "abc", "--bucket-threshold", "0"],
      {},
      "expected --bucket-threshold to be 1 to 1048576, got 0",
    ],
    [
      ["--table", "abc", "--bucket", "abc", "--bucket-prefix", "a b"],
      {},
      "expected --bucket-prefix to be letters, digits and _ . / -, got a b",
    ],
    [["--account", "12"], {}, "expected --account to be twelve digits, got 12"],
    [["--relaxed=maybe"], {}, "expected --relaxed to be true or false, got maybe"],
    [
      [],
      { MILLRACE_LOG_LEVEL: "loud" },
      "expected MILLRACE_LOG_LEVEL to be one of debug, info, warn, error, silent, got loud",
    ],
    [
      ["--allowed-hosts", "https://a"],
      {},
      "expected --allowed-hosts to be host names and commas, got https://a",
    ],
    [
      ["--public-url", "ftp://a"],
      {},
      "expected --public-url to be an http or https URL, got ftp://a",
    ],
    [
      ["--public-url", "http://a/?b"],
      {},
      "expected --public-url to be an http or https URL, got http://a/?b",
    ],
    [["--prot"], {}, "expected a flag that --help names, got --prot"],
    [["--prot", "9325"], {}, "expected a flag that --help names, got --prot"],
    [["-x"], {}, "expected a flag that --help names, got -x"],
    [["serve"], {}, "expected the command to be start, keys or poll, got serve: see --help"],
    [
      ["start", "again"],
      {},
      "expected the command to be start, keys or poll, got start again: see --help",
    ],
    [["--auth", "on"], {}, "expected --auth to be one of off, required, got on"],
    [["--key-file="], {}, "expected --key-file to be a file, got nothing"],
    [["--queues", "a"], {}, "expected --queues to come with keys, got it alone"],
    [
      ["--auth", "required", "--data", ":memory:"],
      {},
      "expected --auth required to come with a folder or a table, got :memory:",
    ],
    [
      ["--auth", "required", "--table", "abc"],
      {},
      "expected --auth required with --table to come with --key-file or --kms-key",
    ],
    [
      ["--table", "abc", "--kms-key", "alias/mine"],
      {},
      "expected --kms-key to be the ARN of a KMS key, got alias/mine",
    ],
    [
      ["--table", "abc", "--key-file", "x"],
      { MILLRACE_KMS_KEY: kmsKey },
      "expected one of --key-file and MILLRACE_KMS_KEY, got both",
    ],
    [["--kms-key", kmsKey], {}, "expected --kms-key to come with --table, got it alone"],
    [["--tenant", "a b"], {}, "expected --tenant to be 1 to 64 letters, digits and _ . -, got a b"],
  ])("refuses %o with %o", (argv, env, problem) => {
    expect(readConfig(argv, env)).toEqual({ kind: "refused", problems: [problem] });
  });

  it("reports everything that is wrong at once", () => {
    const command = readConfig(["--port", "abc", "--prot", "--account=1"], {
      MILLRACE_RELAXED: "x",
    });

    expect(command).toEqual({
      kind: "refused",
      problems: [
        "expected a flag that --help names, got --prot",
        "expected --port to be 0 to 65535, got abc",
        "expected --account to be twelve digits, got 1",
        "expected MILLRACE_RELAXED to be true or false, got x",
      ],
    });
  });

  it.each([
    [["--help"], "help"],
    [["--port", "abc", "--help"], "help"],
    [["start", "--version"], "version"],
  ])("understands %o as %s", (argv, kind) => {
    expect(readConfig(argv, {})).toEqual({ kind });
  });
});

describe("helpText", () => {
  it.each(Object.entries({ ...flags, ...keyFlags }))(
    "names --%s, and what it takes",
    (flag, { takes }) => {
      const named = takes === undefined ? `--${flag}` : `--${flag} ${takes}`;

      expect(helpText()).toContain(`  ${named} `);
    },
  );
});

describe("variableOf", () => {
  it("names a flag's variable", () => {
    expect(variableOf("dynamodb-endpoint")).toBe("MILLRACE_DYNAMODB_ENDPOINT");
  });
});

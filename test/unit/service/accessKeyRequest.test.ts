import { describe, expect, it } from "vitest";
import { everything } from "#auth/policy.ts";
import type { AccessKeyRequest } from "#service/accessKeyRequest.ts";
import type { NewAccessKey } from "#service/accessKeyStore.ts";
import { readConfig } from "#service/config.ts";

function read(argv: readonly string[], env: Record<string, string> = {}) {
  const command = readConfig(["keys", ...argv], env);
  if (command.kind === "refused") return command.problems;
  return command.kind === "keys" ? command.request : undefined;
}

const creating = (said: Partial<NewAccessKey> = {}, isJson = false): AccessKeyRequest => ({
  kind: "create",
  said: { policy: everything, description: undefined, expiresInSeconds: undefined, ...said },
  isJson,
});

const id = "MRAKAAAAAAAAAAAAAAAA";

describe("readConfig, of keys", () => {
  it.each<[string[], AccessKeyRequest]>([
    [["create"], creating()],
    [["create", "--json"], creating({}, true)],
    [
      ["create", "--actions", "SendMessage, sqs:ReceiveMessage,SendMessage"],
      creating({ policy: { actions: ["SendMessage", "ReceiveMessage"], queues: ["*"] } }),
    ],
    [
      ["create", "--queues", "orders-*,refunds.fifo"],
      creating({ policy: { actions: ["*"], queues: ["orders-*", "refunds.fifo"] } }),
    ],
    [["create", "--description", "the web tier"], creating({ description: "the web tier" })],
    [["create", "--expires", "3600"], creating({ expiresInSeconds: 3600 })],
    [["list"], { kind: "list", isJson: false }],
    [["list", "--json"], { kind: "list", isJson: true }],
    [["enable", id], { kind: "enable", accessKeyId: id }],
    [["disable", id], { kind: "disable", accessKeyId: id }],
    [["delete", id], { kind: "delete", accessKeyId: id }],
  ])("understands %o", (argv, request) => {
    expect(read(argv)).toEqual(request);
  });

  it("finds the store and the account as a server does", () => {
    const command = readConfig(["--data", "/d", "keys", "list"], {
      MILLRACE_ACCOUNT: "123456789012",
    });

    expect(command).toMatchObject({
      kind: "keys",
      config: {
        store: { kind: "folder", path: "/d" },
        account: "123456789012",
        keyFile: "/d/millrace.key",
      },
    });
  });

  it("takes what is said of one key from the command line only", () => {
    expect(read(["create"], { MILLRACE_ACTIONS: "SendMessage", MILLRACE_JSON: "1" })).toEqual(
      creating(),
    );
  });

  const actions =
    "expected --actions to be * or names of SQS actions, batches by the name of the single action";

  it.each<[string[], string]>([
    [[], "expected keys to be followed by create, list, enable, disable or delete, got nothing"],
    [
      ["rotate"],
      "expected keys to be followed by create, list, enable, disable or delete, got rotate",
    ],
    [["create", "me"], "expected nothing more after keys, got me"],
    [["list", "--expires", "60"], "expected --expires to come with keys create, got it alone"],
    [["delete"], "expected keys delete to name an access key"],
    [["delete", id, id], `expected nothing more after keys, got ${id}`],
    [["delete", id, "--json"], "expected --json to come with keys create, got it alone"],
    [["create", "--actions", "Sendmessage"], `${actions}, got Sendmessage`],
    [["create", "--actions", "SendMessageBatch"], `${actions}, got SendMessageBatch`],
    [["create", "--actions", "SendMessage,"], `${actions}, got SendMessage,`],
    [["create", "--actions", ""], `${actions}, got nothing`],
    [
      ["create", "--queues", "a b"],
      "expected --queues to be names of queues, with * and ? as wildcards, got a b",
    ],
    [
      ["create", "--description", "a\u001b[2Jb"],
      "expected --description to be 1 to 200 printable characters, got a\u001b[2Jb",
    ],
    [["create", "--expires", "59"], "expected --expires to be 60 to 31536000 seconds, got 59"],
    [["create", "--expires", "1h"], "expected --expires to be 60 to 31536000 seconds, got 1h"],
    [
      ["list", "--data", ":memory:"],
      "expected keys to come with a folder or a table, got :memory:",
    ],
    [["list", "--table", "abc"], "expected keys with --table to come with --key-file or --kms-key"],
  ])("refuses %o with %o", (argv, problem) => {
    expect(read(argv)).toEqual([problem]);
  });
});

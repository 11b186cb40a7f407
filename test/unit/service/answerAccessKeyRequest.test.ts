import { describe, expect, it } from "vitest";
import { everything } from "#auth/policy.ts";
import type { AccessKey } from "#service/accessKey.ts";
import { type AccessKeyContext, answerAccessKeyRequest } from "#service/answerAccessKeyRequest.ts";
import { readConfig } from "#service/config.ts";

const account = "111122223333";
const key: AccessKey = {
  accessKeyId: "MRAKAAAAAAAAAAAAAAAA",
  account,
  isEnabled: true,
  description: undefined,
  policy: everything,
  createdAtMs: Date.UTC(2026, 0, 1, 12),
  session: undefined,
};
const limited: AccessKey = {
  ...key,
  accessKeyId: "MRAKBBBBBBBBBBBBBBBB",
  isEnabled: false,
  description: "the web tier",
  policy: { actions: ["SendMessage"], queues: ["orders-*"] },
};
const temporary: AccessKey = {
  ...key,
  accessKeyId: "MRAKCCCCCCCCCCCCCCCC",
  session: { tokenSha256: "00", expiresAtMs: Date.UTC(2026, 0, 1, 13) },
};

/** What the command answers over a store that holds the keys given. */
async function answer(argv: string, keys: readonly AccessKey[] = [key]): Promise<unknown> {
  const has = async (_account: string, id: string) => keys.some((each) => each.accessKeyId === id);
  const store: AccessKeyContext["store"] = {
    list: async () => keys,
    setEnabled: has,
    delete: has,
    create: async (said) => ({
      key: said.expiresInSeconds === undefined ? key : temporary,
      secret: "secret/1+2",
      sessionToken: said.expiresInSeconds === undefined ? undefined : "token/1+2==",
    }),
  };
  const command = readConfig(["keys", ...argv.split(" ")], {});
  if (command.kind !== "keys") return command;
  const context = { store, account, nowMs: Date.UTC(2026, 0, 1, 13) };
  const answered = await answerAccessKeyRequest(context, command.request);
  return answered.kind === "said" ? answered.text : answered;
}

describe("answerAccessKeyRequest", () => {
  it("gives a new key as lines for a shell", async () => {
    expect(await answer("create")).toBe(
      "export AWS_ACCESS_KEY_ID=MRAKAAAAAAAAAAAAAAAA\n" +
        "export AWS_SECRET_ACCESS_KEY=secret/1+2\n",
    );
  });

  it("gives temporary credentials as lines for a shell", async () => {
    expect(await answer("create --expires 3600")).toBe(
      "export AWS_ACCESS_KEY_ID=MRAKCCCCCCCCCCCCCCCC\n" +
        "export AWS_SECRET_ACCESS_KEY=secret/1+2\n" +
        "export AWS_SESSION_TOKEN=token/1+2==\n",
    );
  });

  it("gives a new key as a credential_process does", async () => {
    expect(JSON.parse(String(await answer("create --json")))).toEqual({
      Version: 1,
      AccessKeyId: "MRAKAAAAAAAAAAAAAAAA",
      SecretAccessKey: "secret/1+2",
    });
    expect(JSON.parse(String(await answer("create --json --expires 60")))).toEqual({
      Version: 1,
      AccessKeyId: "MRAKCCCCCCCCCCCCCCCC",
      SecretAccessKey: "secret/1+2",
      SessionToken: "token/1+2==",
      Expiration: "2026-01-01T13:00:00Z",
    });
  });

  it("lists keys as a table", async () => {
    expect(await answer("list", [key, limited, temporary])).toBe(
      `
ACCESS KEY ID         STATUS    CREATED               EXPIRES               ACTIONS      QUEUES    DESCRIPTION
MRAKAAAAAAAAAAAAAAAA  enabled   2026-01-01T12:00:00Z  -                     *            *
MRAKBBBBBBBBBBBBBBBB  disabled  2026-01-01T12:00:00Z  -                     SendMessage  orders-*  the web tier
MRAKCCCCCCCCCCCCCCCC  expired   2026-01-01T12:00:00Z  2026-01-01T13:00:00Z  *            *
`.trimStart(),
    );
  });

  it("lists keys in JSON", async () => {
    expect(JSON.parse(String(await answer("list --json", [limited])))).toEqual({
      AccessKeys: [
        {
          AccessKeyId: "MRAKBBBBBBBBBBBBBBBB",
          Status: "disabled",
          CreatedAt: "2026-01-01T12:00:00Z",
          Actions: ["SendMessage"],
          Queues: ["orders-*"],
          Description: "the web tier",
        },
      ],
    });
  });

  it("says that there are no keys", async () => {
    expect(await answer("list", [])).toBe("account 111122223333 has no access keys\n");
  });

  it.each(["enable", "disable", "delete"])("says what it did: %s", async (verb) => {
    expect(await answer(`${verb} ${key.accessKeyId}`)).toBe(`${verb}d ${key.accessKeyId}\n`);
    expect(await answer(`${verb} MRAK`)).toEqual({
      kind: "refused",
      problem: "account 111122223333 has no access key MRAK",
    });
  });
});

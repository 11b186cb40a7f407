import { describe, expect, it } from "vitest";
import { everything } from "#auth/policy.ts";
import { SqsError } from "#contract/errors.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import { aRequest } from "../protocol/aRequest.ts";

const account = "111122223333";
const aKey = {
  accessKeyId: "MRAKTT2BG6ERVQW3DZTU",
  secret: "HvnzRXgfS0Zp8NDRwyzlIeLhefFOtbYiObSiMW91",
  account,
  isEnabled: true,
  description: undefined,
  policy: everything,
  createdAtMs: 0,
  session: undefined,
};
const aSession = { ...aKey, session: { tokenSha256: "0".repeat(64), expiresAtMs: 1000 } };

async function identityOf(
  authorization: string,
  { key = aKey, path = "/v1/queues" }: { key?: typeof aKey | typeof aSession; path?: string } = {},
) {
  const authenticate = authenticateSigned({
    clock: { nowMs: () => 0 },
    keys: { find: async (id) => (id === key.accessKeyId ? key : undefined) },
  });
  try {
    return await authenticate(aRequest({ path, headers: { host: "127.0.0.1", authorization } }));
  } catch (error) {
    if (error instanceof SqsError) return error.error;
    throw error;
  }
}

describe("a bearer token", () => {
  const token = `${aKey.accessKeyId}.${aKey.secret}`;

  it("is an access key's id and secret, and stands for its account and policy", async () => {
    expect(await identityOf(`Bearer ${token}`)).toEqual({
      account,
      region: "us-east-1",
      senderId: aKey.accessKeyId,
      policy: everything,
    });
  });

  it.each([
    ["with a wrong secret", `${aKey.accessKeyId}.${aKey.secret.replace("H", "h")}`],
    ["with a part of the secret", token.slice(0, -1)],
    ["with more than the secret", `${token}x`],
    ["without a secret", `${aKey.accessKeyId}.`],
    ["that is an id alone", aKey.accessKeyId],
    ["of an unknown key", `MRAK0000000000000000.${aKey.secret}`],
    ["of nobody", "."],
    ["that is empty", ""],
  ])("%s is refused", async (_, refused) => {
    expect(await identityOf(`Bearer ${refused}`)).toBe("UnrecognizedClientException");
  });

  it("cannot stand for temporary credentials", async () => {
    expect(await identityOf(`Bearer ${token}`, { key: aSession })).toBe(
      "UnrecognizedClientException",
    );
  });

  it("is good for the REST API only", async () => {
    expect(await identityOf(`Bearer ${token}`, { path: "/" })).toBe("InvalidSecurity");
  });
});

import { everything } from "#auth/policy.ts";
import type { AccessKeyStore, NewAccessKey } from "#service/accessKeyStore.ts";
import type { SigningIdentity } from "./signer.ts";

/** Makes a key that may do everything, but for what is said; answers what its holder signs by. */
export async function makeAccessKey(
  keys: AccessKeyStore,
  said: Pick<NewAccessKey, "account"> & Partial<NewAccessKey>,
): Promise<SigningIdentity> {
  const { key, secret, sessionToken } = await keys.create({
    policy: everything,
    description: undefined,
    expiresInSeconds: undefined,
    ...said,
  });
  return {
    accessKeyId: key.accessKeyId,
    secretAccessKey: secret,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

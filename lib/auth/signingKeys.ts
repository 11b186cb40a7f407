import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { type CredentialScope, serviceName, terminator } from "./credential.ts";

/** Keys kept in memory; the oldest goes first. */
const cachedMax = 1000;

/**
 * Derives the keys that sign, one for each access key, day and region (spec section 2.1, rule 6), and
 * remembers them: the derivation is four digests, which a busy caller would pay at every request.
 * Relies on an access key id never standing for a second secret.
 */
export class SigningKeys {
  readonly #cache = new Map<string, KeyObject>();

  keyFor(accessKeyId: string, secret: string, { date, region }: CredentialScope): KeyObject {
    const name = `${accessKeyId}/${date}/${region}`;
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    // Node takes 14 µs to make a key object of bytes at each use, and 2 to use one.
    const key = createSecretKey(signingKey(secret, { date, region }));
    this.#cache.set(name, key);
    const oldest = this.#cache.size > cachedMax ? this.#cache.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#cache.delete(oldest.value);
    return key;
  }
}

/** The chain of digests from a secret to the key of one day and region. */
export function signingKey(secret: string, { date, region }: CredentialScope): Uint8Array {
  let key = createHmac("sha256", `AWS4${secret}`).update(date).digest();
  for (const part of [region, serviceName, terminator]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  return key;
}

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { type CredentialScope, serviceName, terminator } from "./credential.ts";

/** Keys kept in memory of each kind; the oldest goes first. */
const cachedMax = 1000;

/**
 * Derives the keys that sign, one for each access key, day and region (spec section 2.1, rule 6), and
 * remembers them: the derivation is four digests, which a busy caller would pay at every request. Those
 * that nobody has signed with yet are remembered too, or an unknown access key would take more time to
 * refuse than a known one. They are kept apart, so that wrong signatures for many regions push out no
 * key that is in use. Relies on an access key id never standing for a second secret.
 */
export class SigningKeys {
  readonly #proven = new Map<string, KeyObject>();
  readonly #unproven = new Map<string, KeyObject>();

  keyFor(accessKeyId: string, secret: string, scope: CredentialScope): KeyObject {
    const name = nameOf(accessKeyId, scope);
    const cached = this.#proven.get(name) ?? this.#unproven.get(name);
    if (cached !== undefined) return cached;
    // Node takes 14 µs to make a key object of bytes at each use, and 2 to use one.
    const key = createSecretKey(signingKey(secret, scope));
    remember(this.#unproven, name, key);
    return key;
  }

  /** Notes that somebody who knows the secret signs with that key. */
  prove(accessKeyId: string, scope: CredentialScope): void {
    const name = nameOf(accessKeyId, scope);
    const key = this.#unproven.get(name);
    if (key === undefined) return;
    this.#unproven.delete(name);
    remember(this.#proven, name, key);
  }
}

function nameOf(accessKeyId: string, { date, region }: CredentialScope): string {
  return `${accessKeyId}/${date}/${region}`;
}

function remember(keys: Map<string, KeyObject>, name: string, key: KeyObject): void {
  keys.set(name, key);
  const oldest = keys.size > cachedMax ? keys.keys().next() : undefined;
  if (oldest?.value !== undefined) keys.delete(oldest.value);
}

/** The chain of digests from a secret to the key of one day and region. */
export function signingKey(secret: string, { date, region }: CredentialScope): Uint8Array {
  let key = createHmac("sha256", `AWS4${secret}`).update(date).digest();
  for (const part of [region, serviceName, terminator]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  return key;
}

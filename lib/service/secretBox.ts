import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "#engine/random.ts";
import type { SealingKey, SealingKeys } from "./sealingKeys.ts";

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const version = "1";

/**
 * Seals secrets for the table, by AES-256-GCM:
 *
 * ```
 *   1.{id of the sealing key}.{nonce}.{ciphertext, tag}      the last two in base64url
 * ```
 *
 * What is sealed is bound to a text, which is not stored with it: with any other, it does not open.
 * So it cannot be moved to another access key, nor that which it is bound to be changed.
 */
export class SecretBox {
  readonly #keys: SealingKeys;
  readonly #random: Pick<Random, "hex">;

  constructor(keys: SealingKeys, random: Pick<Random, "hex">) {
    this.#keys = keys;
    this.#random = random;
  }

  /** Seals under the current key, with a fresh nonce. */
  async seal(secret: string, boundTo: string): Promise<string> {
    const key = await this.#keys.current();
    const nonce = Buffer.from(this.#random.hex(nonceBytes), "hex");
    const sealing = createCipheriv(cipher, key.bytes, nonce, { authTagLength: tagBytes });
    sealing.setAAD(boundText(key, boundTo));
    const text = Buffer.concat([sealing.update(secret, "utf8"), sealing.final()]);
    const sealed = Buffer.concat([text, sealing.getAuthTag()]);
    return [version, key.id, nonce.toString("base64url"), sealed.toString("base64url")].join(".");
  }

  /** Throws a plain `Error`, which holds nothing of the secret, for what does not open. */
  async open(sealed: string, boundTo: string): Promise<string> {
    const [found, id = "", nonce = "", text = ""] = sealed.split(".");
    if (found !== version) throw new Error(`expected a sealed secret of version ${version}`);
    const key = await this.#keys.find(id);
    if (key === undefined) {
      throw new Error(`a secret is sealed under key ${id}, which is not among the keys given`);
    }
    try {
      return opened(key, Buffer.from(nonce, "base64url"), Buffer.from(text, "base64url"), boundTo);
    } catch (cause) {
      throw new Error("a sealed secret was altered, or is not what it is bound to", { cause });
    }
  }
}

function opened(key: SealingKey, nonce: Uint8Array, sealed: Buffer, boundTo: string): string {
  const opening = createDecipheriv(cipher, key.bytes, nonce, { authTagLength: tagBytes });
  opening.setAAD(boundText(key, boundTo));
  opening.setAuthTag(sealed.subarray(-tagBytes));
  const text = Buffer.concat([opening.update(sealed.subarray(0, -tagBytes)), opening.final()]);
  return text.toString("utf8");
}

function boundText({ id }: SealingKey, boundTo: string): Buffer {
  return Buffer.from(`${version}\n${id}\n${boundTo}`);
}

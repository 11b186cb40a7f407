import { randomBytes } from "node:crypto";
import { type SealingKey, type SealingKeys, sealingKey } from "#service/sealingKeys.ts";
import { SecretBox } from "#service/secretBox.ts";

/** Sealing keys in memory, the first the current one. */
export function sealingKeys(...keys: readonly [SealingKey, ...SealingKey[]]): SealingKeys {
  return {
    current: async () => keys[0],
    find: async (id) => keys.find((key) => key.id === id),
  };
}

/** A key of one byte, 32 times. */
export function aSealingKey(byte = 7): SealingKey {
  return sealingKey(new Uint8Array(32).fill(byte));
}

/** A box over one such key. */
export function aSecretBox(keys: SealingKeys = sealingKeys(aSealingKey())): SecretBox {
  return new SecretBox(keys, { hex: (bytes) => randomBytes(bytes).toString("hex") });
}

import { createHash } from "node:crypto";

/** A key under which secrets are sealed. */
export interface SealingKey {
  /** Tells it from others and tells nothing of it. Letters, digits, `-` and `_`. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/**
 * Where sealing keys come from: a file on this machine, or in the cloud a key management service that
 * opens a data key. Both calls may be remembered by whoever implements them, and a rejection is an
 * outage.
 */
export interface SealingKeys {
  /** The key to seal with from now on. */
  current(): Promise<SealingKey>;
  /** The key that something was sealed with, if it is still known. */
  find(id: string): Promise<SealingKey | undefined>;
}

export const sealingKeyBytes = 32;

/** A key with the id that follows from it. */
export function sealingKey(bytes: Uint8Array): SealingKey {
  const id = createHash("sha256").update("millrace sealing key\n").update(bytes).digest("hex");
  return { id: id.slice(0, 16), bytes };
}

/**
 * The keys in the text of a key file: one a line, in base64. The first seals, all open, so that a key
 * is replaced by putting another above it. Lines that begin with `#` are for people. Throws if there
 * is no key, or a line that is none; such a line is told by its number only.
 */
export function readKeyFile(text: string): readonly [SealingKey, ...SealingKey[]] {
  const keys = text.split("\n").flatMap((line, at) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const bytes = Buffer.from(trimmed, "base64");
    if (bytes.byteLength !== sealingKeyBytes || bytes.toString("base64") !== trimmed) {
      throw new Error(`expected line ${at + 1} to be 32 bytes in base64`);
    }
    return [sealingKey(bytes)];
  });
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error("expected a line of 32 bytes in base64, got none");
  return [first, ...rest];
}

/** The text of a file that holds one key. */
export function keyFileText(bytes: Uint8Array): string {
  return `# Millrace: the secrets of access keys are sealed under this. Keep it as you keep them.
${Buffer.from(bytes).toString("base64")}
`;
}

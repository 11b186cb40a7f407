import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import {
  keyFileText,
  readKeyFile,
  type SealingKey,
  type SealingKeys,
  sealingKeyBytes,
} from "#service/sealingKeys.ts";

/**
 * Sealing keys from a file, which is made, for its owner alone, when the first secret is to be sealed.
 * It is read again for a key that it did not hold before, so that a running server finds a new one.
 */
export class KeyFile implements SealingKeys {
  readonly #path: string;
  #keys: readonly SealingKey[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  async current(): Promise<SealingKey> {
    const [first] = await this.#read();
    return first ?? (await this.#make());
  }

  async find(id: string): Promise<SealingKey | undefined> {
    const known = this.#keys.find((key) => key.id === id);
    return known ?? (await this.#read()).find((key) => key.id === id);
  }

  /** Whether others than its owner may read it. Throws, as all here do, if it holds no keys. */
  async isExposed(): Promise<boolean> {
    if ((await this.#read()).length === 0) return false;
    const { mode } = await stat(this.#path);
    return process.platform !== "win32" && (mode & 0o077) !== 0;
  }

  /** No file holds no keys. */
  async #read(): Promise<readonly SealingKey[]> {
    try {
      this.#keys = readKeyFile(await readFile(this.#path, "utf8"));
      return this.#keys;
    } catch (error) {
      if (hasCode(error, "ENOENT")) return [];
      throw this.#explained(error);
    }
  }

  async #make(): Promise<SealingKey> {
    await mkdir(dirname(this.#path), { recursive: true });
    try {
      const file = await open(this.#path, "wx", 0o600);
      try {
        await file.writeFile(keyFileText(randomBytes(sealingKeyBytes)));
        // What is sealed under it will be on disk, so it must be there first.
        await file.sync();
      } finally {
        await file.close();
      }
      await chmod(this.#path, 0o600);
    } catch (error) {
      // Another process was first: its key is as good.
      if (!hasCode(error, "EEXIST")) throw this.#explained(error);
    }
    const [first] = await this.#read();
    if (first === undefined) throw new Error(`key file ${this.#path} is gone`);
    return first;
  }

  #explained(cause: unknown): Error {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new Error(`key file ${this.#path}: ${reason}`, { cause });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

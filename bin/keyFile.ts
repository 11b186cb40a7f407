import { randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import {
  keyFileText,
  readKeyFile,
  type SealingKey,
  type SealingKeys,
  sealingKeyBytes,
} from "#service/sealingKeys.ts";
import { makeFolder } from "#table/sqlite/makeFolder.ts";

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

  /** The file appears whole and on disk, or not at all: what is sealed under it will be on disk too. */
  async #make(): Promise<SealingKey> {
    const draft = `${this.#path}.${randomUUID()}`;
    try {
      makeFolder(dirname(this.#path));
      const file = await open(draft, "wx", 0o600);
      await file.writeFile(keyFileText(randomBytes(sealingKeyBytes)));
      await file.sync();
      await file.close();
      await link(draft, this.#path);
    } catch (error) {
      // Another process was first: its key is as good.
      if (!hasCode(error, "EEXIST")) throw this.#explained(error);
    } finally {
      await rm(draft, { force: true });
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

import { createHash } from "node:crypto";
import type { Item, Key, Table } from "#table/table.ts";
import { type SealingKey, type SealingKeys, sealingKey } from "./sealingKeys.ts";

/** Makes data keys and opens them again: a key management service, with one of its keys. */
export interface KeyWrapper {
  /** Tells the key that wraps from others, and tells nothing of it. */
  readonly name: string;
  /** A new data key of 32 bytes, in the clear and wrapped. */
  generate(): Promise<DataKey>;
  /** Opens what `generate` has wrapped. Rejects what was altered or another key has wrapped. */
  open(wrapped: Uint8Array): Promise<Uint8Array>;
}

export interface DataKey {
  readonly bytes: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * Where a wrapped data key lies, one for each key that wraps:
 *
 * ```
 *   pk         sk                                     holds
 *   sealing    first half of the SHA-256 of a name    id i, wrapped key w in base64
 * ```
 */
function sealingItemKey(name: string): Key {
  return { pk: "sealing", sk: createHash("sha256").update(name).digest("hex").slice(0, 32) };
}

/**
 * Sealing keys beside what they seal: a data key lies in the table, wrapped, and is made when the first
 * secret is to be sealed. It is opened once and remembered. Only this wrapper's own data key is found,
 * so nobody who can write the table makes us seal under a key of theirs.
 */
export class WrappedSealingKeys implements SealingKeys {
  readonly #table: Pick<Table, "get" | "write">;
  readonly #wrapper: KeyWrapper;
  #opened: SealingKey | undefined;
  /** One look for all who ask at the same time. */
  #look: Promise<SealingKey | undefined> | undefined;

  constructor(table: Pick<Table, "get" | "write">, wrapper: KeyWrapper) {
    this.#table = table;
    this.#wrapper = wrapper;
  }

  async current(): Promise<SealingKey> {
    this.#opened ??= (await this.#stored()) ?? (await this.#make());
    return this.#opened;
  }

  async find(id: string): Promise<SealingKey | undefined> {
    if (this.#opened?.id === id) return this.#opened;
    const stored = await this.#stored();
    if (stored?.id !== id) return undefined;
    this.#opened = stored;
    return stored;
  }

  /** Opens the data key, if there is one, before anybody asks for it. */
  async open(): Promise<void> {
    this.#opened ??= await this.#stored();
  }

  #stored(): Promise<SealingKey | undefined> {
    this.#look ??= this.#read().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  async #read(): Promise<SealingKey | undefined> {
    const item = await this.#table.get(sealingItemKey(this.#wrapper.name));
    return item && (await this.#open(item));
  }

  async #make(): Promise<SealingKey> {
    const { bytes, wrapped } = await this.#wrapper.generate();
    const made = sealingKey(bytes);
    const item: Item = {
      ...sealingItemKey(this.#wrapper.name),
      i: made.id,
      w: Buffer.from(wrapped).toString("base64"),
    };
    const { outcome, current } = await this.#table.write({ kind: "insert", item });
    if (outcome === "written") return made;
    // Another process was first: its key is as good.
    if (current === undefined)
      throw new Error("the sealing key of the table has just been deleted");
    return await this.#open(current);
  }

  async #open(item: Item): Promise<SealingKey> {
    const { i: id, w: wrapped } = item;
    const text = typeof wrapped === "string" ? wrapped : "";
    const opened = sealingKey(await this.#wrapper.open(Buffer.from(text, "base64")));
    if (opened.id !== id) throw new Error("the sealing key of the table is not the one it says");
    return opened;
  }
}

import assert from "node:assert/strict";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Item } from "#table/table.ts";
import { noParts, type Parts } from "./itemCodec.ts";

/** What a row takes in of its item's bytes, unless they are the only ones. */
const rowBytesMax = 1024;

/**
 * The bytes that lie outside of their items' rows, each in a row of its own: whoever adds to many, or
 * changes none of them, need not write the others again. A row is written whole, however little of it
 * changes.
 */
export class PartRows {
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#select = database.prepare("SELECT bytes FROM parts WHERE id = ?");
    this.#insert = database.prepare("INSERT INTO parts (bytes) VALUES (?)");
    this.#delete = database.prepare("DELETE FROM parts WHERE id = ?");
  }

  read(part: number): Uint8Array {
    const bytes = this.#select.get(part)?.["bytes"];
    assert(bytes instanceof Uint8Array, `expected part ${part} to hold bytes`);
    return bytes;
  }

  delete(part: number): void {
    this.#delete.run(part);
  }

  /**
   * Stores those of an item's bytes that are new and too much for its row, and drops what it has no
   * more. What is the same as before stays where it is, in the row or in its part.
   */
  change(item: Item, before: Item | undefined, parts: Parts): Parts {
    const after = new Map<string, number>();
    const added: [name: string, bytes: Uint8Array][] = [];
    let rowBytes: number | undefined;
    for (const name of Object.keys(item)) {
      const value = item[name];
      if (!(value instanceof Uint8Array)) continue;
      const part = parts.get(name);
      if (value !== before?.[name]) added.push([name, value]);
      else if (part === undefined) rowBytes = (rowBytes ?? 0) + value.byteLength;
      else after.set(name, part);
    }
    for (const [name, bytes] of added) {
      const together: number = (rowBytes ?? 0) + bytes.byteLength;
      // What is empty would come back as nothing at all.
      if (rowBytes === undefined || together <= rowBytesMax || bytes.byteLength === 0) {
        rowBytes = together;
      } else after.set(name, Number(this.#insert.run(bytes).lastInsertRowid));
    }
    for (const [name, part] of parts) {
      if (after.get(name) !== part) this.delete(part);
    }
    return after.size === 0 ? noParts : after;
  }
}

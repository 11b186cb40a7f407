import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { BlobStore } from "#table/table.ts";

let names = 0;

/** A name that no other test uses. */
function aName(): string {
  names += 1;
  return `queue-${names}/0123456789abc/${names}`;
}

/** What every store of blobs must do. Each one's test file is one call of this. */
export function describeBlobs(name: string, open: () => BlobStore): void {
  describe(`blobs in ${name}`, () => {
    it.each([1, 1000, 64 * 1024, 1024 * 1024 + 300])("keep %i bytes as they are", async (size) => {
      const blobs = open();
      const [name, bytes] = [aName(), randomBytes(size)];

      await blobs.put(name, bytes);

      expect(Buffer.compare((await blobs.get(name)) ?? Buffer.of(), bytes)).toBe(0);
    });

    it("keep a part of a larger buffer", async () => {
      const blobs = open();
      const name = aName();

      await blobs.put(name, randomBytes(100).fill("-", 0, 10).fill("a", 10, 20).subarray(10, 20));

      expect(await blobs.get(name)).toEqual(new Uint8Array(Buffer.from("a".repeat(10))));
    });

    it("are undefined where nothing was put", async () => {
      expect(await open().get(aName())).toBeUndefined();
    });

    it("may be put again", async () => {
      const blobs = open();
      const name = aName();

      await blobs.put(name, Buffer.from("same"));
      await blobs.put(name, Buffer.from("same"));

      expect(await blobs.get(name)).toEqual(new Uint8Array(Buffer.from("same")));
    });

    it("do not get in each other's way", async () => {
      const blobs = open();
      const texts = Array.from({ length: 40 }, (_, index) => `${aName()} ${index}`);

      await Promise.all(texts.map((text) => blobs.put(text.replace(" ", "/"), Buffer.from(text))));
      const found = await Promise.all(texts.map((text) => blobs.get(text.replace(" ", "/"))));

      expect(found.map((bytes) => Buffer.from(bytes ?? "").toString())).toEqual(texts);
    });

    it("outlive those who put them", async () => {
      const name = aName();

      await open().put(name, Buffer.from("left behind"));

      expect(await open().get(name)).toEqual(new Uint8Array(Buffer.from("left behind")));
    });
  });
}

import type { BlobStore } from "#table/table.ts";

/** A bucket in memory that counts what it is asked for. */
export class CountedBucket implements BlobStore {
  readonly bytesMin = 8192;
  puts = 0;
  gets = 0;
  readonly #blobs = new Map<string, Uint8Array>();

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.puts += 1;
    this.#blobs.set(name, bytes);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    this.gets += 1;
    return this.#blobs.get(name);
  }
}

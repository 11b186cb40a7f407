/** A body that is on its way. */
export interface Upload {
  /** How much of it has come so far. */
  bytes: number;
  /** Called once if the rest comes too slowly. */
  readonly cutOff: () => void;
}

/**
 * Sees to it that bodies keep coming. Whoever sends one holds room for all of it until it is complete, so
 * between two looks so many bytes of it must have come. A body that began after the last look is left alone:
 * one that stands still is cut off after one to two intervals.
 */
export class Uploads {
  readonly #bytesMin: number;
  readonly #running = new Set<Upload>();
  /** How much had come of each at the last look. */
  #before = new Map<Upload, number>();

  /** `bytesMin` is what must come between two looks. */
  constructor(bytesMin: number) {
    this.#bytesMin = bytesMin;
  }

  begin(upload: Upload): void {
    this.#running.add(upload);
  }

  end(upload: Upload): void {
    this.#running.delete(upload);
  }

  /** Cuts off who has sent too little since the last look. */
  look(): void {
    const seen = new Map<Upload, number>();
    for (const upload of [...this.#running]) {
      const before = this.#before.get(upload);
      if (before === undefined || upload.bytes - before >= this.#bytesMin) {
        seen.set(upload, upload.bytes);
      } else {
        this.#running.delete(upload);
        upload.cutOff();
      }
    }
    this.#before = seen;
  }
}

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
  /** With how much had come of each at the last look; nothing, if it is newer than that. */
  readonly #running = new Map<Upload, number | undefined>();

  /** `bytesMin` is what must come between two looks. */
  constructor(bytesMin: number) {
    this.#bytesMin = bytesMin;
  }

  begin(upload: Upload): void {
    this.#running.set(upload, undefined);
  }

  end(upload: Upload): void {
    this.#running.delete(upload);
  }

  /** Cuts off who has sent too little since the last look. */
  look(): void {
    for (const [upload, before] of [...this.#running]) {
      if (before === undefined || upload.bytes - before >= this.#bytesMin) {
        this.#running.set(upload, upload.bytes);
        continue;
      }
      this.#running.delete(upload);
      upload.cutOff();
    }
  }
}

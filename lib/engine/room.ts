/**
 * How much many may remember together. Taking is never refused: whoever takes looks at `isOver`, and
 * somebody then lets go of something.
 */
export class Room {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  take(count = 1): void {
    this.#left -= count;
  }

  give(count: number): void {
    this.#left += count;
  }

  get isOver(): boolean {
    return this.#left < 0;
  }
}

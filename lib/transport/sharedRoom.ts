/** What one client has taken of a room. */
export interface Part {
  taken: number;
}

/**
 * Room for so much, of which many clients take. A client gets no more while it has `greed` times what is
 * still free, or more. So one alone may have most of the room, several get about equal parts of it, and
 * something is left for whoever comes next, however many there are: nobody has to count clients, and behind a
 * proxy, where all are one, most of the room is still to be had. (Known as dynamic thresholds, from the
 * buffers of switches.)
 */
export class SharedRoom {
  readonly #most: number;
  readonly #greed: number;
  readonly #partMost: number;
  #taken = 0;

  /** `partMost` bounds each part besides. */
  constructor(most: number, greed: number, partMost: number = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#greed = greed;
    this.#partMost = partMost;
  }

  /** Whether so much more could be taken. */
  hasFor(part: Part, amount: number): boolean {
    const free = this.#most - this.#taken;
    return (
      amount <= free && part.taken < this.#greed * free && part.taken + amount <= this.#partMost
    );
  }

  take(part: Part, amount: number): void {
    this.#taken += amount;
    part.taken += amount;
  }

  giveBack(part: Part, amount: number): void {
    this.#taken -= amount;
    part.taken -= amount;
  }
}

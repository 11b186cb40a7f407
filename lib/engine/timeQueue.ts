/** Things by the time at which they are due, the earliest first, and at one time in their own order. */
export class TimeQueue<Thing> {
  readonly #isBefore: (left: Thing, right: Thing) => boolean;
  /** A heap. Numbers beside things take a fraction of what objects of both take. */
  readonly #times: number[] = [];
  readonly #things: Thing[] = [];

  constructor(isBefore: (left: Thing, right: Thing) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#things.length;
  }

  /** When the first is due; infinity if there is none. */
  get nextMs(): number {
    return this.#times[0] ?? Infinity;
  }

  /** What is due first. */
  get next(): Thing | undefined {
    return this.#things[0];
  }

  add(thing: Thing, atMs: number): void {
    let place = this.#things.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isEarlier(thing, atMs, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#times[place] = atMs;
    this.#things[place] = thing;
  }

  /** Takes one that is due by that time, the earliest first. */
  takeUpTo(nowMs: number): Thing | undefined {
    if (this.nextMs > nowMs) return undefined;
    const [first] = this.#things;
    const [lastMs, last] = [this.#times.pop(), this.#things.pop()];
    if (lastMs === undefined || last === undefined || this.size === 0) return first;
    let place = 0;
    for (;;) {
      const child = this.#earlierChild(place);
      if (child >= this.size || this.#isEarlier(last, lastMs, child)) break;
      this.#move(child, place);
      place = child;
    }
    this.#times[place] = lastMs;
    this.#things[place] = last;
    return first;
  }

  #earlierChild(place: number): number {
    const [left, right] = [2 * place + 1, 2 * place + 2];
    const [rightMs, thing] = [this.#times[right], this.#things[right]];
    if (rightMs === undefined || thing === undefined) return left;
    return this.#isEarlier(thing, rightMs, left) ? right : left;
  }

  #isEarlier(thing: Thing, atMs: number, place: number): boolean {
    const [otherMs, other] = [this.#times[place], this.#things[place]];
    if (otherMs === undefined || other === undefined) return true;
    return atMs < otherMs || (atMs === otherMs && this.#isBefore(thing, other));
  }

  #move(from: number, to: number): void {
    const [atMs, thing] = [this.#times[from], this.#things[from]];
    if (atMs === undefined || thing === undefined) return;
    this.#times[to] = atMs;
    this.#things[to] = thing;
  }
}

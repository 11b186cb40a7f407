/**
 * What this process remembers of a FIFO queue's groups, so that looking for messages neither starves a
 * group nor reads all of them again and again.
 *
 * ```
 *   groups by key   a  b  c  d  e  f  …      read in a ring, from where the last look ended
 *   hints           groups that something happened to in this process: looked at first
 *   served          when each was served last: who waited longest goes first
 *   quiet           after a whole round found nothing, no other until a message becomes
 *                   available by time, or 1 ms has passed for each group that was read
 * ```
 *
 * Nothing here is needed for correctness: guarded writes decide who gets a group.
 */
export class GroupRing {
  readonly #served = new Map<string, number>();
  readonly #hints = new Set<string>();
  readonly #busy = new Set<string>();
  #cursor: string;
  #turn = 0;
  #quietUntilMs = -Infinity;
  #returnsAtMs = Infinity;

  /** `start` is where the first look begins; at random where other processes look too. */
  constructor(start: string) {
    this.#cursor = start;
  }

  get cursor(): string {
    return this.#cursor;
  }

  moveTo(cursor: string): void {
    this.#cursor = cursor;
  }

  /** Something happened to a group: it may have messages now. */
  hint(sk: string): void {
    this.#hints.add(sk);
    if (this.#hints.size > hintsMax) {
      // Too many to look at one by one: the next round of the ring finds them.
      this.#hints.clear();
      this.#quietUntilMs = -Infinity;
    }
  }

  /** Takes the hints, the oldest first, at most so many. */
  takeHints(most: number): readonly string[] {
    const taken = [...this.#hints].slice(0, most);
    for (const sk of taken) this.#hints.delete(sk);
    return taken;
  }

  /** Groups that a receive of this process is about to claim. */
  isBusy(sk: string): boolean {
    return this.#busy.has(sk);
  }

  setBusy(sk: string, isBusy: boolean): void {
    if (isBusy) this.#busy.add(sk);
    else this.#busy.delete(sk);
  }

  noteServed(sk: string): void {
    this.#turn += 1;
    this.#served.delete(sk);
    this.#served.set(sk, this.#turn);
    const oldest = this.#served.size > servedMax ? this.#served.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#served.delete(oldest.value);
  }

  /** Lower goes first; 0 for a group that was not served lately. */
  servedAt(sk: string): number {
    return this.#served.get(sk) ?? 0;
  }

  /** A whole round found nothing. */
  noteQuiet(round: {
    readonly read: number;
    readonly returnsAtMs: number;
    readonly nowMs: number;
  }) {
    this.#quietUntilMs = round.nowMs + Math.min(round.read * quietMsPerGroup, quietMsMax);
    this.#returnsAtMs = round.returnsAtMs;
  }

  /** Whether another round is not worth its price yet. */
  isQuiet(nowMs: number): boolean {
    return nowMs < this.#quietUntilMs;
  }

  /** When a round may find something again. */
  get nextLookMs(): number {
    return Math.max(this.#returnsAtMs, this.#quietUntilMs);
  }

  /** Look again at once, whatever the last round found. */
  endQuiet(): void {
    this.#quietUntilMs = -Infinity;
  }
}

const hintsMax = 1000;
const servedMax = 20_000;
const quietMsPerGroup = 1;
const quietMsMax = 20_000;

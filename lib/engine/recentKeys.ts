/** Keys that something happened to of late, each with the time of that, in its order. */
export class RecentKeys {
  readonly #atMs = new Map<string, number>();
  readonly #keptMs: number;

  /** They are let go after so long. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  get size(): number {
    return this.#atMs.size;
  }

  note(sk: string, nowMs: number): void {
    this.#atMs.delete(sk);
    this.#atMs.set(sk, nowMs);
    this.letGoBefore(nowMs, this.#keptMs);
  }

  /** When it happened to that one last. */
  atMs(sk: string): number {
    return this.#atMs.get(sk) ?? -Infinity;
  }

  /** Lets go of what is older than that. A clock that was set back makes nothing young. */
  letGoBefore(nowMs: number, ageMs: number): void {
    for (const [sk, atMs] of this.#atMs) {
      if (Math.abs(nowMs - atMs) <= ageMs) return;
      this.#atMs.delete(sk);
    }
  }

  letGoOldest(): void {
    const [oldest] = this.#atMs.keys();
    if (oldest !== undefined) this.#atMs.delete(oldest);
  }

  /** Takes out those for which that holds. */
  take(isWanted: (sk: string) => boolean): readonly string[] {
    const taken = [...this.#atMs.keys()].filter(isWanted);
    for (const sk of taken) this.#atMs.delete(sk);
    return taken;
  }

  clear(): void {
    this.#atMs.clear();
  }
}

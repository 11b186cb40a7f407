import type { Change } from "../support/memoryTable.ts";

/** Whose turn it is at one trigger, or was last. */
interface Turn {
  readonly holder: string;
  /** By the clock of the holder. */
  readonly untilMs: number;
}

export interface TurnWatchOptions {
  readonly nowMs: () => number;
  /** No process's clock is further ahead or behind. */
  readonly clockErrorMs: number;
}

/**
 * Watches the turns of triggers (lib/service/triggerTurn.ts): nobody takes one that is not over, and
 * nobody invokes a worker whose turn is over, as far as clocks agree.
 */
export class TurnWatch {
  readonly violations: string[] = [];
  readonly #options: TurnWatchOptions;
  readonly #turns = new Map<string, Turn>();
  /** Until when each holder had its turn: as it said, or to when somebody ended or took it. */
  readonly #overAtMs = new Map<string, number>();
  /** What happened how often. */
  readonly counts = { turns: 0, takeovers: 0 };

  constructor(options: TurnWatchOptions) {
    this.#options = options;
  }

  observe(changes: readonly Change[]): void {
    for (const { before, after } of changes) {
      const item = after ?? before;
      if (item?.pk.startsWith("polls.") !== true) continue;
      const was = this.#turns.get(item.sk);
      if (after === undefined) this.#end(item.sk, was);
      else this.#note(item.sk, was, { holder: String(after["h"]), untilMs: Number(after["u"]) });
    }
  }

  /** A worker is invoked by a holder, who has gone on at that time if it ever stood still. */
  invokes(holder: string, thawedAtMs: number): void {
    const { nowMs, clockErrorMs } = this.#options;
    const overAtMs = this.#overAtMs.get(holder);
    const lateMs = nowMs() - (overAtMs ?? Infinity);
    if (overAtMs === undefined) this.violations.push(`${holder} invokes and never had the turn`);
    else if (lateMs > 2 * clockErrorMs && nowMs() > thawedAtMs) {
      this.violations.push(`${holder} invokes ${lateMs} ms after its turn was over`);
    }
  }

  #end(trigger: string, was: Turn | undefined): void {
    this.#turns.delete(trigger);
    if (was !== undefined) this.#isOver(was.holder);
  }

  #note(trigger: string, was: Turn | undefined, is: Turn): void {
    const { nowMs, clockErrorMs } = this.#options;
    if (was?.holder !== is.holder) {
      this.counts.turns += 1;
      if (was !== undefined) {
        this.counts.takeovers += 1;
        const earlyMs = was.untilMs - nowMs() - clockErrorMs;
        if (earlyMs > 0) {
          this.violations.push(`${is.holder} took the turn of ${was.holder} ${earlyMs} ms early`);
        }
        this.#isOver(was.holder);
      }
    }
    this.#turns.set(trigger, is);
    this.#overAtMs.set(is.holder, is.untilMs);
  }

  /** A turn may be over by itself before it is ended. */
  #isOver(holder: string): void {
    const saidMs = this.#overAtMs.get(holder) ?? Infinity;
    this.#overAtMs.set(holder, Math.min(saidMs, this.#options.nowMs()));
  }
}

import type { Clock } from "#engine/clock.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { Caller, Engine } from "#engine/engine.ts";
import type { Table } from "#table/table.ts";
import type { FakeClock } from "../support/fakeClock.ts";
import { type Fate, FaultyTable, type TableCall } from "../support/faultyTable.ts";
import { SeededRandom } from "../support/seededRandom.ts";

export const account = "111122223333";

export interface ProcessOptions {
  readonly clock: FakeClock;
  readonly table: Table;
  readonly seed: number;
  /** How far its clock is ahead of the true time. */
  readonly clockErrorMs: number;
  readonly fateOf: (call: TableCall) => Fate;
}

/**
 * An engine with a memory and a clock of its own. When it dies, whatever it waited for never comes:
 * what it had asked of the table may or may not happen.
 */
export class SimulatedProcess {
  readonly engine: Engine;
  /** For what else runs in it. */
  readonly clock: Clock;
  readonly table: Table;
  readonly random: SeededRandom;
  readonly #options: ProcessOptions;
  readonly #random: SeededRandom;
  #clockErrorMs: number;
  #isAlive = true;
  /** Until when it stands still, by the true time. */
  #frozenUntilMs = -Infinity;
  readonly #waiting: (() => void)[] = [];

  constructor(options: ProcessOptions) {
    const { table, seed } = options;
    this.#options = options;
    this.#random = new SeededRandom(seed);
    this.#clockErrorMs = options.clockErrorMs;
    this.table = new FaultyTable(table, (call) => this.#fateOf(call));
    this.clock = this.#clock();
    this.random = new SeededRandom(seed + 1);
    this.engine = createEngine({
      table: this.table,
      clock: this.clock,
      random: this.random,
      isRelaxed: true,
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  die(): void {
    this.#isAlive = false;
  }

  /**
   * Stands still for so long, between two turns of its own: what was asked of the table goes on, but
   * no answer is read, nothing new is asked, and timers ring late. Not at all ends it.
   */
  freeze(ms: number): void {
    this.#frozenUntilMs = this.#options.clock.nowMs() + ms;
    if (ms > 0) return;
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /** When it last went on after it had stood still, by the true time; long ago if it never did. */
  get thawedAtMs(): number {
    return this.#frozenUntilMs;
  }

  /** Something from outside reaches it: once it goes on, and never if it is dead. */
  async isReached(): Promise<void> {
    await this.#thawed();
    if (!this.#isAlive) await never();
  }

  setClockError(ms: number): void {
    this.#clockErrorMs = ms;
  }

  caller(signal: AbortSignal = new AbortController().signal): Caller {
    return { account, region: "test", origin: "http://test", senderId: account, signal };
  }

  #clock(): Clock {
    const { clock } = this.#options;
    return {
      nowMs: () => clock.nowMs() + this.#clockErrorMs,
      after: (delayMs, run) => {
        let cancel = clock.after(delayMs, () => {
          if (this.#restMs <= 0) {
            if (this.#isAlive) run();
            return;
          }
          let isCancelled = false;
          cancel = () => {
            isCancelled = true;
          };
          void this.#thawed().then(() => this.#isAlive && !isCancelled && run());
        });
        return () => cancel();
      },
    };
  }

  /** The dead send nothing more, half of what they sent arrives, and no answer reaches them. */
  #fateOf(call: TableCall): Fate {
    if (!this.#isAlive) return { before: never };
    const { before, after, ...fate } = this.#options.fateOf(call);
    const travel = async (time: () => Promise<unknown>) => {
      await this.#thawed();
      await time();
      if (!this.#isAlive && this.#random.oneIn(2)) await never();
    };
    return {
      ...fate,
      // Where nothing lies between asking and doing, nothing may get in between here either.
      before: before === undefined ? undefined : () => travel(before),
      after: async () => {
        await after?.();
        await this.#thawed();
        if (!this.#isAlive) await never();
      },
    };
  }

  get #restMs(): number {
    return this.#frozenUntilMs - this.#options.clock.nowMs();
  }

  async #thawed(): Promise<void> {
    while (this.#isAlive && this.#restMs > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#options.clock.after(this.#restMs, resolve);
      });
    }
  }
}

async function never(): Promise<void> {
  await new Promise(() => undefined);
}

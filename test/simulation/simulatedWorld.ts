import { FakeClock } from "../support/fakeClock.ts";
import type { Fate, Fault, TableCall } from "../support/faultyTable.ts";
import { type Change, MemoryTable } from "../support/memoryTable.ts";
import { SeededRandom } from "../support/seededRandom.ts";
import { KnownQueues } from "./knownQueues.ts";
import { SimulatedProcess } from "./simulatedProcess.ts";

/** Where the processes run. */
export interface Setting {
  /**
   * `cloud`: several processes, a slow network that loses things, clocks that differ. `box`: one
   * process that owns its table, whose writes happen as they are asked for or fail.
   */
  readonly kind: "cloud" | "box";
  readonly seed: number;
  /** Nothing fails and nobody dies; then nothing may be left in the table either. */
  readonly isCalm?: boolean;
}

/** Whoever looks on, and what in it cannot be. */
interface Witness {
  readonly violations: readonly string[];
}

const clockErrorMsMax = 900;
const lagMsMax = 1000;

/** How often each queue but the last hands a message out before it moves on. */
export const maxReceiveCount = 3;

/** A table, the processes that serve it, and the time that they share. */
export abstract class SimulatedWorld {
  readonly clock = new FakeClock({ turns: 1 });
  readonly random: SeededRandom;
  readonly table: MemoryTable;
  readonly isCloud: boolean;
  /** The last events, for the report of a failure. */
  readonly history: string[] = [];
  readonly processes: SimulatedProcess[] = [];
  readonly knownQueues = new KnownQueues();
  abstract readonly ledger: Witness;
  abstract readonly watch: Witness & { observe(changes: readonly Change[]): void };
  readonly #neverFails: boolean;
  #isCalm = true;

  constructor({ kind, seed, isCalm = false }: Setting) {
    this.isCloud = kind === "cloud";
    this.#neverFails = isCalm;
    this.random = new SeededRandom(seed);
    const nature = { billedBytes: undefined, expiryIsFree: false, isShared: false };
    this.table = new MemoryTable({
      traits: this.isCloud ? {} : nature,
      nowMs: () => this.clock.nowMs(),
      // What may be stale is, by up to a second.
      lagMs: () => (this.isCloud ? this.random.below(lagMsMax) : 0),
      observe: (changes) => this.observe(changes),
    });
  }

  /** What becomes of a call to the table. */
  protected abstract fateOf(call: TableCall): Fate;

  /** Told of every write that reaches the table. */
  protected observe(changes: readonly Change[]): void {
    this.knownQueues.observe(changes);
    this.watch.observe(changes);
  }

  /** How far clocks may be from the true time, at most. */
  get clockErrorMs(): number {
    return this.isCloud ? clockErrorMsMax : 0;
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  get violations(): readonly string[] {
    return [...this.watch.violations, ...this.ledger.violations];
  }

  note(event: string): void {
    this.history.push(`${this.clock.nowMs() % 1_000_000} ${event}`);
  }

  /** Processes that have not died. */
  get alive(): readonly SimulatedProcess[] {
    return this.processes.filter(({ isAlive }) => isAlive);
  }

  /** A process to talk to; starts one where there is none. */
  process(): SimulatedProcess {
    return this.random.pick(this.alive) ?? this.startProcess();
  }

  startProcess(): SimulatedProcess {
    const process = new SimulatedProcess({
      clock: this.clock,
      table: this.table,
      seed: this.random.below(2 ** 31),
      clockErrorMs: this.anyClockError(),
      fateOf: (call) => this.fateOf(call),
    });
    this.processes.push(process);
    return process;
  }

  /** Answers whether there was one to die. */
  killProcess(among = this.alive): boolean {
    const process = this.random.pick(among);
    if (process === undefined || this.#neverFails) return false;
    this.note("a process dies");
    process.die();
    return true;
  }

  /** A process stands still for so long, as a function does between two requests. */
  freezeProcess(ms: number, among = this.alive): void {
    const process = this.random.pick(among);
    if (process === undefined || this.#neverFails) return;
    this.note(`a process stands still for ${ms} ms`);
    process.freeze(ms);
  }

  /** From now on things go wrong. */
  stirUp(): void {
    this.#isCalm = this.#neverFails;
  }

  /** From now on nothing fails. */
  calmDown(): void {
    this.note("calm");
    for (const process of this.processes) process.freeze(0);
    this.#isCalm = true;
  }

  /** Lets time pass until something is done. */
  async until(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    done.then(end, end);
    while (!isDone) await this.clock.advance(5);
    await done;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });
  }

  protected anyClockError(): number {
    return this.isCloud ? this.random.below(2 * clockErrorMsMax) - clockErrorMsMax : 0;
  }

  protected anyFault(): Fault | undefined {
    return this.random.pick(["lostRequest", "lostAnswer", "throttled", "sentTwice"]);
  }
}

import { FakeClock } from "../support/fakeClock.ts";
import type { Fate, Fault, TableCall } from "../support/faultyTable.ts";
import { MemoryTable } from "../support/memoryTable.ts";
import { SeededRandom } from "../support/seededRandom.ts";
import { Ledger } from "./ledger.ts";
import { MessageWatch } from "./messageWatch.ts";
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

const clockErrorMsMax = 900;
const lagMsMax = 1000;

/** How often each queue but the last hands a message out before it moves on. */
export const maxReceiveCount = 3;

/** A table, the processes that serve it and what they are known to have done. */
export class World {
  readonly clock = new FakeClock({ turns: 1 });
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly watch: MessageWatch;
  readonly table: MemoryTable;
  /** The last events, for the report of a failure. */
  readonly history: string[] = [];
  readonly processes: SimulatedProcess[] = [];
  /** The ids of the queues by their URLs. */
  readonly queueIds = new Map<string, string>();
  readonly isCloud: boolean;
  /** Whether messages have group ids, some of them, and so lanes of their own. */
  readonly hasGroups: boolean;
  readonly #neverFails: boolean;
  #isCalm = true;
  #started = 0;

  constructor({ kind, seed, isCalm = false }: Setting) {
    this.isCloud = kind === "cloud";
    this.#neverFails = isCalm;
    this.random = new SeededRandom(seed);
    this.hasGroups = this.random.oneIn(6);
    const { clock } = this;
    this.ledger = new Ledger({
      purgedAtMs: (id) => this.watch.purgedAtMs(id),
      isReplaced: (id) => this.watch.isReplaced(id),
    });
    const { ledger } = this;
    this.watch = new MessageWatch({
      nowMs: () => clock.nowMs(),
      clockErrorMs: this.isCloud ? clockErrorMsMax : 0,
      maxReceiveCount,
      mayBeDeleted: (id) => ledger.mayBeDeleted(id),
    });
    const nature = { billedBytes: undefined, expiryIsFree: false, isShared: false };
    this.table = new MemoryTable({
      traits: this.isCloud ? {} : nature,
      nowMs: () => clock.nowMs(),
      // What may be stale is, by up to a second.
      lagMs: () => (this.isCloud ? this.random.below(lagMsMax) : 0),
      observe: (changes) => this.watch.observe(changes),
    });
  }

  get violations(): readonly string[] {
    return [...this.watch.violations, ...this.ledger.violations];
  }

  note(event: string): void {
    this.history.push(`${this.clock.nowMs() % 1_000_000} ${event}`);
  }

  /** A process to talk to; starts one where there is none. */
  process(): SimulatedProcess {
    const alive = this.processes.filter(({ isAlive }) => isAlive);
    return this.random.pick(alive) ?? this.startProcess();
  }

  startProcess(): SimulatedProcess {
    this.#started += 1;
    const process = new SimulatedProcess({
      clock: this.clock,
      table: this.table,
      seed: this.random.below(2 ** 31),
      clockErrorMs: this.#clockError(),
      fateOf: (call) => this.#fateOf(call),
    });
    this.processes.push(process);
    return process;
  }

  /** Answers whether there was one to die. */
  killProcess(): boolean {
    const process = this.random.pick(this.processes.filter(({ isAlive }) => isAlive));
    if (process === undefined || this.#neverFails) return false;
    this.note("a process dies");
    process.die();
    return true;
  }

  /** A process stands still for so long, as a function does between two requests. */
  freezeProcess(ms: number): void {
    const process = this.random.pick(this.processes.filter(({ isAlive }) => isAlive));
    if (process === undefined || this.#neverFails) return;
    this.note(`a process stands still for ${ms} ms`);
    process.freeze(ms);
  }

  /** Somebody sets a process's clock right, or wrong. */
  setClock(): void {
    if (this.isCloud) this.random.pick(this.processes)?.setClockError(this.#clockError());
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
    this.watch.beginCalm();
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

  #clockError(): number {
    return this.isCloud ? this.random.below(2 * clockErrorMsMax) - clockErrorMsMax : 0;
  }

  #fateOf({ kind, writes }: TableCall): Fate {
    return this.isCloud ? this.#fateInCloud(kind, writes) : this.#fateInBox();
  }

  #fateInCloud(kind: TableCall["kind"], writes: TableCall["writes"]): Fate {
    const travel = () => this.pause(this.#travelMs());
    const isInsert = writes.some((write) => write.kind === "insert");
    const fault = this.#isCalm || !this.random.oneIn(12) ? undefined : this.#fault();
    return {
      fault,
      before: travel,
      // An insert that is sent again after its message was deleted would bring it back. SQS's
      // standard queues allow that, and here it must not hide what they do not allow.
      between: isInsert && fault === "sentTwice" ? undefined : travel,
      after: kind === "query" && this.random.oneIn(2) ? undefined : travel,
    };
  }

  #fateInBox(): Fate {
    const fault = !this.#isCalm && this.random.oneIn(30) ? "lostRequest" : undefined;
    return { fault, after: () => this.pause(this.random.below(3)) };
  }

  #fault(): Fault | undefined {
    return this.random.pick(["lostRequest", "lostAnswer", "throttled", "sentTwice"]);
  }

  #travelMs(): number {
    if (!this.#isCalm && this.random.oneIn(80)) return this.random.below(4000);
    return 1 + this.random.below(15);
  }
}

import { type Queue, queueKey, readQueueItem } from "#engine/queue.ts";
import { FakeClock } from "../support/fakeClock.ts";
import type { Fate, Fault, TableCall } from "../support/faultyTable.ts";
import { MemoryTable } from "../support/memoryTable.ts";
import { SeededRandom } from "../support/seededRandom.ts";
import { FifoLedger } from "./fifoLedger.ts";
import { FifoWatch } from "./fifoWatch.ts";
import { account, SimulatedProcess } from "./simulatedProcess.ts";
import type { Setting } from "./world.ts";

const clockErrorMsMax = 900;
const lagMsMax = 1000;
/** How long a client waits for an answer beyond what it asked for. */
const patienceMs = 6000;

/** How often each queue but the last hands a message out before it moves on. */
export const maxReceiveCount = 3;

/** A table, the processes that serve FIFO queues on it and what they are known to have done. */
export class FifoWorld {
  readonly clock = new FakeClock({ turns: 1 });
  readonly random: SeededRandom;
  readonly ledger: FifoLedger;
  readonly watch: FifoWatch;
  readonly table: MemoryTable;
  readonly isCloud: boolean;
  /** The last events, for the report of a failure. */
  readonly history: string[] = [];
  /** Everybody is in a hurry, and the network is often slow: what overtakes what differs most. */
  readonly isHasty: boolean;
  readonly #queues = new Map<string, Queue>();
  readonly #neverFails: boolean;
  #processes: readonly SimulatedProcess[] = [];
  #isCalm = true;

  constructor({ kind, seed, isCalm = false }: Setting) {
    this.isCloud = kind === "cloud";
    this.#neverFails = isCalm;
    this.random = new SeededRandom(seed);
    this.isHasty = seed % 3 === 0;
    const { clock } = this;
    const clockErrorMs = this.isCloud ? clockErrorMsMax : 0;
    this.ledger = new FifoLedger(clockErrorMs);
    this.watch = new FifoWatch({
      nowMs: () => clock.nowMs(),
      clockErrorMs,
      maxReceiveCount,
      mayBeDeleted: (id) => this.ledger.mayBeDeleted(id),
      queueOf: (id) => this.#queues.get(id),
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

  /** Learns a queue's id and settings. */
  async meetQueue(url: string): Promise<void> {
    const name = url.split("/").at(-1) ?? "";
    const item = await this.table.get(queueKey(account, name));
    const entry = item === undefined ? undefined : readQueueItem(item, account);
    if (entry?.kind === "live") this.#queues.set(entry.queue.id, entry.queue);
  }

  /** The id of the queue at a URL. */
  queueIdOf(url: string): string | undefined {
    const name = url.split("/").at(-1);
    return [...this.#queues.values()].find((queue) => queue.name === name)?.id;
  }

  /** Processes that have not died. */
  get alive(): readonly SimulatedProcess[] {
    return this.#processes.filter(({ isAlive }) => isAlive);
  }

  /** A process to talk to; starts one where there is none. */
  process(): SimulatedProcess {
    return this.random.pick(this.alive) ?? this.startProcess();
  }

  startProcess(): SimulatedProcess {
    this.note("a process starts");
    const process = new SimulatedProcess({
      clock: this.clock,
      table: this.table,
      seed: this.random.below(2 ** 31),
      clockErrorMs: this.#clockError(),
      fateOf: (call) => this.#fateOf(call),
    });
    this.#processes = [...this.alive, process];
    return process;
  }

  /** Answers whether there was one to die. */
  killProcess(): boolean {
    const process = this.random.pick(this.alive);
    if (process === undefined || this.#neverFails) return false;
    this.note("a process dies");
    process.die();
    return true;
  }

  /** A process stands still for so long, as a function does between two requests. */
  freezeProcess(ms: number): void {
    const process = this.random.pick(this.alive);
    if (process === undefined || this.#neverFails) return;
    this.note(`a process stands still for ${ms} ms`);
    process.freeze(ms);
  }

  /** Somebody sets a process's clock right, or wrong. */
  setClock(): void {
    if (this.isCloud) this.random.pick(this.alive)?.setClockError(this.#clockError());
  }

  /** From now on things go wrong. */
  stirUp(): void {
    this.#isCalm = this.#neverFails;
  }

  /** From now on nothing fails. */
  calmDown(): void {
    this.note("calm");
    for (const process of this.#processes) process.freeze(0);
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

  /** The answer, unless it takes too long: whoever was asked may be dead. */
  async answer<T>(call: Promise<T>, waitMs = 0): Promise<T> {
    call.catch(() => undefined);
    const silence = this.pause(patienceMs + waitMs).then(() => {
      throw new Error("the answer was lost: nobody answers");
    });
    silence.catch(() => undefined);
    return await Promise.race([call, silence]);
  }

  #clockError(): number {
    return this.isCloud ? this.random.below(2 * clockErrorMsMax) - clockErrorMsMax : 0;
  }

  #fateOf({ kind }: TableCall): Fate {
    return this.isCloud ? this.#fateInCloud(kind) : this.#fateInBox();
  }

  #fateInCloud(kind: TableCall["kind"]): Fate {
    const travel = () => this.pause(this.#travelMs());
    return {
      fault: this.#isCalm || !this.random.oneIn(12) ? undefined : this.#fault(),
      before: travel,
      between: travel,
      after: kind === "query" && this.random.oneIn(2) ? undefined : travel,
    };
  }

  #fateInBox(): Fate {
    const fault = !this.#isCalm && this.random.oneIn(30) ? "lostRequest" : undefined;
    const isSlow = !this.#isCalm && this.isHasty && this.random.oneIn(12);
    return { fault, after: () => this.pause(this.random.below(isSlow ? 200 : 3)) };
  }

  #fault(): Fault | undefined {
    return this.random.pick(["lostRequest", "lostAnswer", "throttled", "sentTwice"]);
  }

  #travelMs(): number {
    if (!this.#isCalm && this.random.oneIn(this.isHasty ? 12 : 80)) {
      return this.random.below(this.isHasty ? 1000 : 4000);
    }
    return 1 + this.random.below(15);
  }
}

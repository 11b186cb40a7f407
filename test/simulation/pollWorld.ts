import type { Queue } from "#engine/queue.ts";
import type { Fate, TableCall } from "../support/faultyTable.ts";
import type { Change } from "../support/memoryTable.ts";
import { FifoWatch } from "./fifoWatch.ts";
import { MessageWatch } from "./messageWatch.ts";
import { PollLedger } from "./pollLedger.ts";
import { maxReceiveCount, type Setting, SimulatedWorld } from "./simulatedWorld.ts";
import { TurnWatch } from "./turnWatch.ts";

export interface PollWorldSetting extends Setting {
  readonly isFifo: boolean;
}

/** A table, pollers and the workers of their triggers, and what these are known to have done. */
export class PollWorld extends SimulatedWorld {
  readonly isFifo: boolean;
  readonly ledger: PollLedger;
  readonly watch: MessageWatch | FifoWatch;
  readonly turns: TurnWatch;
  /** Until when workers refuse all that they are given. */
  throttledUntilMs = -Infinity;
  /** Whether workers do all that they are given, and soon. */
  isEased = false;

  constructor(setting: PollWorldSetting) {
    super(setting);
    const { isFifo, isCalm = false } = setting;
    const { clockErrorMs } = this;
    const nowMs = () => this.clock.nowMs();
    this.isFifo = isFifo;
    const watched = {
      nowMs,
      clockErrorMs,
      maxReceiveCount,
      mayBeDeleted: (id: string) => this.ledger.mayBeDeleted(id),
      mayBePutBack: (id: string) => this.ledger.mayBePutBack(id),
    };
    this.watch = isFifo
      ? new FifoWatch({ ...watched, queueOf: (id) => this.knownQueues.byId(id) })
      : new MessageWatch(watched);
    this.ledger = new PollLedger({
      nowMs,
      clockErrorMs,
      isCalm,
      lastReceiveOf: (id) => this.watch.lastReceiveOf(id),
      before: (id) => (this.watch instanceof FifoWatch ? this.watch.before(id) : []),
    });
    this.turns = new TurnWatch({ nowMs, clockErrorMs });
  }

  override get violations(): readonly string[] {
    return [...super.violations, ...this.turns.violations];
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...this.ledger.counts, ...this.turns.counts };
  }

  /** Throws if there is no queue of that name. */
  queue(name: string): Queue {
    const queue = this.knownQueues.byId(this.knownQueues.idAt(name) ?? "");
    if (queue === undefined) throw new Error(`expected a queue ${name}`);
    return queue;
  }

  /** Somebody sets a process's clock right, or wrong. */
  setClock(): void {
    this.random.pick(this.alive)?.setClockError(this.anyClockError());
  }

  override calmDown(): void {
    super.calmDown();
    this.isEased = true;
    this.throttledUntilMs = -Infinity;
    this.watch.beginCalm();
  }

  protected override observe(changes: readonly Change[]): void {
    super.observe(changes);
    this.turns.observe(changes);
  }

  protected override fateOf({ kind, writes }: TableCall): Fate {
    const travel = () => this.pause(this.#travelMs());
    const fault = this.isCalm || !this.random.oneIn(16) ? undefined : this.anyFault();
    // As in `World`: what SQS's standard queues allow must not hide what they do not.
    const isOpen = fault === "sentTwice" && writes.some((write) => write.kind === "insert");
    return {
      fault,
      before: travel,
      between: isOpen && !this.isFifo ? undefined : travel,
      after: kind === "query" && this.random.oneIn(2) ? undefined : travel,
    };
  }

  #travelMs(): number {
    if (!this.isCalm && this.random.oneIn(80)) return this.random.below(4000);
    return 1 + this.random.below(15);
  }
}

import type { Fate, TableCall } from "../support/faultyTable.ts";
import { FifoLedger } from "./fifoLedger.ts";
import { FifoWatch } from "./fifoWatch.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";
import { maxReceiveCount, type Setting, SimulatedWorld } from "./simulatedWorld.ts";

/** How long a client waits for an answer beyond what it asked for. */
const patienceMs = 6000;

/** A table, the processes that serve FIFO queues on it and what they are known to have done. */
export class FifoWorld extends SimulatedWorld {
  readonly ledger: FifoLedger;
  readonly watch: FifoWatch;
  /** Everybody is in a hurry, and the network is often slow: what overtakes what differs most. */
  readonly isHasty: boolean;

  constructor(setting: Setting) {
    super(setting);
    this.isHasty = setting.seed % 3 === 0;
    const { clockErrorMs } = this;
    this.ledger = new FifoLedger({
      clockErrorMs,
      purgedAtMs: (id) => this.watch.purgedAtMs(id),
      sentTo: (id) => this.watch.sentTo(id),
      hasMoved: (id) => this.watch.hasMoved(id),
      lastEndMs: () => this.watch.lastEndMs,
      originOf: (id) => this.watch.originOf(id),
    });
    this.watch = new FifoWatch({
      nowMs: () => this.clock.nowMs(),
      clockErrorMs,
      maxReceiveCount,
      mayBeDeleted: (id) => this.ledger.mayBeDeleted(id),
      queueOf: (id) => this.knownQueues.byId(id),
    });
  }

  override startProcess(): SimulatedProcess {
    this.note("a process starts");
    return super.startProcess();
  }

  /** Somebody sets a process's clock right, or wrong. */
  setClock(): void {
    if (this.isCloud) this.random.pick(this.alive)?.setClockError(this.anyClockError());
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

  protected override fateOf({ kind }: TableCall): Fate {
    return this.isCloud ? this.#fateInCloud(kind) : this.#fateInBox();
  }

  #fateInCloud(kind: TableCall["kind"]): Fate {
    const travel = () => this.pause(this.#travelMs());
    return {
      fault: this.isCalm || !this.random.oneIn(12) ? undefined : this.anyFault(),
      before: travel,
      between: travel,
      after: kind === "query" && this.random.oneIn(2) ? undefined : travel,
    };
  }

  #fateInBox(): Fate {
    const fault = !this.isCalm && this.random.oneIn(30) ? "lostRequest" : undefined;
    const isSlow = !this.isCalm && this.isHasty && this.random.oneIn(12);
    return { fault, after: () => this.pause(this.random.below(isSlow ? 200 : 3)) };
  }

  #travelMs(): number {
    if (!this.isCalm && this.random.oneIn(this.isHasty ? 12 : 80)) {
      return this.random.below(this.isHasty ? 1000 : 4000);
    }
    return 1 + this.random.below(15);
  }
}

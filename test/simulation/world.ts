import type { Fate, TableCall } from "../support/faultyTable.ts";
import { Ledger } from "./ledger.ts";
import { MessageWatch } from "./messageWatch.ts";
import { maxReceiveCount, type Setting, SimulatedWorld } from "./simulatedWorld.ts";

/** A table, the processes that serve standard queues on it and what they are known to have done. */
export class World extends SimulatedWorld {
  readonly ledger: Ledger;
  readonly watch: MessageWatch;
  /** Whether messages have group ids, some of them, and so lanes of their own. */
  readonly hasGroups: boolean;

  constructor(setting: Setting) {
    super(setting);
    this.hasGroups = this.random.oneIn(6);
    this.ledger = new Ledger({
      purgedAtMs: (id) => this.watch.purgedAtMs(id),
      isReplaced: (id) => this.watch.isReplaced(id),
    });
    this.watch = new MessageWatch({
      nowMs: () => this.clock.nowMs(),
      clockErrorMs: this.clockErrorMs,
      maxReceiveCount,
      mayBeDeleted: (id) => this.ledger.mayBeDeleted(id),
    });
  }

  /** Somebody sets a process's clock right, or wrong. */
  setClock(): void {
    if (this.isCloud) this.random.pick(this.processes)?.setClockError(this.anyClockError());
  }

  override calmDown(): void {
    super.calmDown();
    this.watch.beginCalm();
  }

  protected override fateOf({ kind, writes }: TableCall): Fate {
    return this.isCloud ? this.#fateInCloud(kind, writes) : this.#fateInBox();
  }

  #fateInCloud(kind: TableCall["kind"], writes: TableCall["writes"]): Fate {
    const travel = () => this.pause(this.#travelMs());
    const isInsert = writes.some((write) => write.kind === "insert");
    const fault = this.isCalm || !this.random.oneIn(12) ? undefined : this.anyFault();
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
    const fault = !this.isCalm && this.random.oneIn(30) ? "lostRequest" : undefined;
    return { fault, after: () => this.pause(this.random.below(3)) };
  }

  #travelMs(): number {
    if (!this.isCalm && this.random.oneIn(80)) return this.random.below(4000);
    return 1 + this.random.below(15);
  }
}

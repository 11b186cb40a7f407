import { parseArn } from "#contract/names.ts";
import type { EngineContext } from "../engineContext.ts";
import type { EngineEvent } from "../engineEvent.ts";
import { runMoveTasks } from "../moveTasks/runMoveTasks.ts";
import type { Queue } from "../queue.ts";
import type { SweepBounds } from "./sweepBounds.ts";
import { SweepBudget } from "./sweepBudget.ts";
import { readCursor, type SweepCursor, writeCursor } from "./sweepCursor.ts";
import { sweepGroups } from "./sweepGroups.ts";
import { sweepLanes } from "./sweepLanes.ts";
import type { SweepReport, SweptQueue } from "./sweepReport.ts";

/** What one run of a sweep is to do. */
export interface SweepOptions extends SweepBounds {
  /** Whose queues. */
  readonly account: string;
  /** Whether it runs message move tasks that nobody runs; not where the engine goes on with them. */
  readonly runsMoveTasks: boolean;
  /** Told what came of the queues, while move tasks may go on. Default: nobody is. */
  readonly onSwept?: ((report: SweepReport) => void) | undefined;
}

/** Queues that are swept at the same time. */
const queuesAtOnce = 8;
/** Idle queues that are swept within a millisecond or two. */
const queuesAtAStretch = 64;

/**
 * Does, within bounds, what nobody's request does: goes over all queues of an account, or on from where
 * the last run had to stop, and runs the move tasks that nobody runs. Two runs at once do no harm: every
 * write is guarded. A run over idle queues reads a few small answers that may be stale, and writes
 * nothing. What fails in one part ends the run only when the other part has ended.
 */
export async function sweep(context: EngineContext, options: SweepOptions): Promise<SweepReport> {
  const sweepQueues = async (): Promise<SweepReport> => {
    const report = await new SweepRun(context, options).sweepQueues();
    options.onSwept?.(report);
    return report;
  };
  const [swept, moved] = await Promise.allSettled([
    sweepQueues(),
    options.runsMoveTasks ? runMoveTasks(context, options) : undefined,
  ]);
  if (swept.status === "rejected") throw swept.reason;
  if (moved.status === "rejected") throw moved.reason;
  return swept.value;
}

class SweepRun {
  readonly #context: EngineContext;
  readonly #account: string;
  readonly #budget: SweepBudget;
  readonly #queues: SweptQueue[] = [];
  #deadLettered = 0;

  constructor(context: EngineContext, { account, ...bounds }: SweepOptions) {
    const report = (event: EngineEvent) => {
      if (event.event === "message.deadLettered") this.#deadLettered += 1;
      context.report(event);
    };
    this.#context = { ...context, report };
    this.#account = account;
    this.#budget = new SweepBudget(context, bounds);
  }

  async sweepQueues(): Promise<SweepReport> {
    const { table, clock, queues } = this.#context;
    const { cursor, isStored } = await readCursor(table, this.#account);
    const all: Queue[] = [];
    for await (const queue of queues.listAll(this.#account)) all.push(queue);
    const ended = await this.#goOn(all, cursor);
    await writeCursor(table, this.#account, { cursor: ended, isStored, nowMs: clock.nowMs() });
    const { after, deadLetters, oldestAgeMs } = ended;
    const seen = { queues: this.#queues, deadLettered: this.#deadLettered };
    return after === undefined ? { ...seen, totals: { deadLetters, oldestAgeMs } } : seen;
  }

  /** Sweeps queue after queue, and answers where it is then. Some are swept however little is left. */
  async #goOn(all: readonly Queue[], cursor: SweepCursor): Promise<SweepCursor> {
    const { after = "" } = cursor;
    const targets = deadLetterQueuesOf(all);
    const positions = positionsIn(all, cursor);
    const open = all.filter(({ name }) => name > after);
    let { deadLetters, oldestAgeMs } = cursor;
    for (let start = 0; start < open.length; start += queuesAtOnce) {
      const some = open.slice(start, start + queuesAtOnce);
      const looks = some.map((queue) => this.#tryQueue(queue, all, positions));
      const swept = (await Promise.all(looks)).filter((queue) => queue !== undefined);
      for (const queue of swept) {
        if (targets.has(queue.name)) deadLetters += queue.available;
        oldestAgeMs = Math.max(oldestAgeMs, queue.oldestAgeMs);
      }
      this.#queues.push(...swept);
      if (start > 0 && start % queuesAtAStretch === 0) await this.#letOthersRun();
      const last = some.at(-1);
      const isLast = start + queuesAtOnce >= open.length;
      if (last !== undefined && !isLast && this.#budget.isSpent) {
        const reached = { after: last.name, deadLetters, oldestAgeMs };
        return { ...reached, positions: Object.fromEntries(positions) };
      }
    }
    return { deadLetters, oldestAgeMs, positions: Object.fromEntries(positions) };
  }

  /** A table in this process answers at once, and requests would wait for the end of the run. */
  async #letOthersRun(): Promise<void> {
    const { table, background, clock } = this.#context;
    if (!table.traits.isShared) await background.pause(clock, 0);
  }

  /** What is wrong with one queue must not keep the others from being swept. */
  async #tryQueue(
    queue: Queue,
    all: readonly Queue[],
    positions: Map<string, string>,
  ): Promise<SweptQueue | undefined> {
    try {
      return await this.#sweepQueue(queue, all, positions);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#context.report({ event: "sweep.failed", queue: queue.name, reason });
      return undefined;
    }
  }

  async #sweepQueue(
    queue: Queue,
    all: readonly Queue[],
    positions: Map<string, string>,
  ): Promise<SweptQueue> {
    const target = targetOf(queue);
    const sweep = {
      context: this.#context,
      queue,
      budget: this.#budget,
      hasDeadLetterQueue: target !== undefined && all.some(({ name }) => name === target),
      positions,
    };
    const isFifo = queue.settings.fifo !== undefined;
    const figures = await (isFifo ? sweepGroups(sweep) : sweepLanes(sweep));
    return { name: queue.name, ...figures };
  }
}

function targetOf({ settings }: Queue): string | undefined {
  return parseArn(settings.redrivePolicy?.deadLetterTargetArn ?? "")?.resource;
}

function deadLetterQueuesOf(all: readonly Queue[]): ReadonlySet<string> {
  return new Set(all.flatMap((queue) => targetOf(queue) ?? []));
}

/** Positions in partitions of queues that are there. */
function positionsIn(all: readonly Queue[], { positions }: SweepCursor): Map<string, string> {
  const ids = new Set(all.map(({ id }) => id));
  const isThere = ([partition]: [string, string]) => ids.has(partition.split(".")[0] ?? "");
  return new Map(Object.entries(positions).filter(isThere));
}

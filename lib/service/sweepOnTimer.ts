import type { Clock } from "#engine/clock.ts";
import type { Random } from "#engine/random.ts";
import type { SweepBounds } from "#engine/sweep/sweepBounds.ts";
import type { SweepReport, SweptQueue } from "#engine/sweep/sweepReport.ts";
import type { Log } from "./log.ts";

export type { SweepReport, SweptQueue };

export interface SweepTimerOptions {
  readonly account: string;
  /** Does one run: the `sweep` of a service. */
  readonly sweep: (bounds: SweepBounds & { readonly account: string }) => Promise<SweepReport>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const everyMs = 60_000;
/** A run ends well before the next. */
const runMsMax = 30_000;

/**
 * Sweeps the queues of an account about once a minute, one run at a time. The first is due at some moment
 * of the first minute, so that many servers over one table do not run at once. Answers how to stop it:
 * what that resolves after is the end of a run that has begun.
 */
export function sweepOnTimer(options: SweepTimerOptions): () => Promise<void> {
  const { account, sweep, clock, random, log } = options;
  let isStopped = false;
  let running = Promise.resolve();
  let cancel = clock.after(random.below(everyMs), begin);

  async function run(): Promise<void> {
    try {
      const { queues, ...found } = await sweep({ account, untilMs: clock.nowMs() + runMsMax });
      log.debug("sweep.ended", { queues: queues.length, ...found });
    } catch (error) {
      log.error("sweep.failed", { error });
    }
    if (!isStopped) cancel = clock.after(everyMs, begin);
  }

  function begin(): void {
    running = run();
  }

  return async () => {
    isStopped = true;
    cancel();
    await running;
  };
}

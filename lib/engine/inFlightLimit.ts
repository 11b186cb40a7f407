import { SqsError } from "#contract/errors.ts";
import { inFlightMax } from "#contract/limits.ts";
import type { EngineContext } from "./engineContext.ts";
import { lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";

/**
 * Whether a standard queue has about as many messages in flight as it may (spec section 6.4). Counted
 * from what this process has seen, so it costs nothing; a look that is due anyway counts anew.
 */
export function isOverInFlightLimit(
  { lanes, clock }: Pick<EngineContext, "lanes" | "clock">,
  queue: Queue,
): boolean {
  const nowMs = clock.nowMs();
  const memories = lanesOf(queue).map(({ partition }) => lanes.of(partition));
  const inFlight = memories.reduce((sum, memory) => sum + memory.inFlight, 0);
  if (inFlight < inFlightMax) return false;
  const outdated = memories.filter((memory) => memory.inFlight > 0 && memory.isLookBackDue(nowMs));
  for (const memory of outdated) memory.forgetRun();
  return outdated.length === 0;
}

/** What a receive that does not wait is told then. */
export function overInFlightLimit(): SqsError {
  return new SqsError(
    "OverLimit",
    "Too many messages have been received without being deleted.\nPlease delete your received messages or let them timeout before receiving more.",
  );
}

import type { EngineContext } from "./engineContext.ts";
import { fairLanesStart, type LaneRef, lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import type { ReceiveOptions } from "./receiveOptions.ts";

/** Up to so many lanes every receive looks at all; of more, one that does not wait samples so many. */
const lanesSampled = 32;

/**
 * The lanes that a receive looks at, in order: those of the senders with the fewest messages in flight
 * first, and among equals in random order, so that many processes are seldom at the same lane. A
 * receive that waits looks at all of them, or at what its poll says; another at a few of many, as SQS does.
 */
export function lanesToVisit(
  context: EngineContext,
  queue: Queue,
  { isWaiting, poll }: Pick<ReceiveOptions, "isWaiting" | "poll">,
): readonly LaneRef[] {
  const all = poll?.lanes ?? lanesOf(queue);
  if (all.length === 1) return all;
  const shuffled = inRandomOrder(context, all);
  const visited = isWaiting ? shuffled : shuffled.slice(0, lanesSampled);
  const load = loadsOf(context, all);
  return visited.sort((left, right) => load(left) - load(right));
}

/**
 * How many messages in flight speak against a lane: its own, of a lane for message groups. What has
 * no group counts as one sender's, over however many lanes it is spread.
 */
function loadsOf({ lanes: memories }: EngineContext, all: readonly LaneRef[]) {
  const inFlight = new Map(
    all.map(({ number, partition }) => [number, memories.of(partition).inFlight]),
  );
  let plain = 0;
  for (const [number, count] of inFlight) if (number < fairLanesStart) plain += count;
  return ({ number }: LaneRef) => (number < fairLanesStart ? plain : (inFlight.get(number) ?? 0));
}

function inRandomOrder({ random }: EngineContext, lanes: readonly LaneRef[]): LaneRef[] {
  const shuffled = [...lanes];
  for (const [index, lane] of lanes.entries()) {
    const place = random.below(index + 1);
    shuffled[index] = shuffled[place] ?? lane;
    shuffled[place] = lane;
  }
  return shuffled;
}

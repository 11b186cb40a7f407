import type { EngineContext } from "./engineContext.ts";
import { type LanePoll, pauseOf, type Waiting } from "./lanePolls.ts";
import { lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import type { QueueStore } from "./queueStore.ts";
import { receiveNow } from "./receiveNow.ts";
import type { Received, ReceiveOptions } from "./receiveOptions.ts";
import { availableRange } from "./segment.ts";
import { timeOf } from "./sortableTime.ts";
import type { WaitEnd } from "./waiters.ts";

/** A receive that waits for its first message (long polling, spec section 6.4). */
export async function waitForMessages(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions & { readonly waitMs: number },
): Promise<Received["messages"]> {
  const { clock, waiters, queues, table } = context;
  const deadlineMs = clock.nowMs() + options.waitMs;
  const waiter = waiters.enter(queue.id, options.most);
  let current = queue;
  let end: WaitEnd | undefined;
  let owesWake = false;
  try {
    for (;;) {
      const lookedAtMs = clock.nowMs();
      const waiting = { end, deadlineMs, nowMs: lookedAtMs };
      const poll = pollOf(context, current, waiting, options.attemptId);
      if (poll?.kind === "rest") waiters.pollAt(queue.id, poll.untilMs);
      else {
        const { messages, nextVisibleMs } = await receiveNow(context, current, {
          ...options,
          poll,
        });
        if (messages.length > 0) {
          // There may be more for the next one in line, or the next alarm to be set.
          owesWake =
            (messages.length === options.most && !isEmpty(context, current)) ||
            waiters.isUnwatched(queue.id);
          return messages;
        }
        context.polls.noteNextVisible(queue.id, nextVisibleMs);
        waiters.watch(queue.id, await nextLookMs(context, current, { lookedAtMs, nextVisibleMs }));
        if (table.traits.isShared) waiters.pollAt(queue.id, clock.nowMs() + pauseOf(queue));
      }
      owesWake = false;
      end = await waiters.wait(waiter, { deadlineMs, signal: options.signal });
      if (end === "stop") return [];
      owesWake = true;
      const found = await foundAfter(end, queues, queue);
      // Deleted, or made anew under the same name: nothing will come here any more.
      if (found === undefined || found.id !== queue.id) return [];
      current = found;
    }
  } finally {
    waiters.leave(waiter);
    // Whoever was woken and could not do its part passes it on.
    if (owesWake) waiters.wake(queue.id);
  }
}

/** What a receive looks at that waits for messages, where other processes may send some; else all. */
function pollOf(
  { polls, groups, table }: EngineContext,
  queue: Queue,
  waiting: Waiting,
  attemptId: string | undefined,
): LanePoll | undefined {
  if (!table.traits.isShared) return undefined;
  if (queue.settings.fifo === undefined) return polls.next(queue, waiting);
  // Whoever repeats an attempt is after messages in flight, which nobody else would find for it.
  const isDue = attemptId !== undefined || groups.ringOf(queue).hasHints;
  return polls.restOfGroups(queue, waiting, isDue);
}

/** The queue after a wait: one that waits without end asks for it seldom. */
async function foundAfter(
  end: WaitEnd,
  queues: QueueStore,
  { account, name }: Queue,
): Promise<Queue | undefined> {
  return end === "alarm"
    ? await queues.findRecent(account, name)
    : await queues.find(account, name);
}

/** When time alone could bring a message: a visibility timeout or a delay that ends. */
async function nextLookMs(
  context: EngineContext,
  queue: Queue,
  { lookedAtMs, nextVisibleMs }: { readonly lookedAtMs: number; readonly nextVisibleMs: number },
): Promise<number> {
  // A look at a FIFO queue sees its delayed messages too, and others are looked for all the time.
  if (queue.settings.fifo !== undefined || context.table.traits.isShared) return nextVisibleMs;
  return Math.min(nextVisibleMs, await nextDelayedMs(context, queue, lookedAtMs));
}

/** Whether this process knows, without a look, that there is nothing more to receive now. */
function isEmpty({ clock, lanes }: EngineContext, queue: Queue): boolean {
  const nowMs = clock.nowMs();
  return lanesOf(queue).every(
    ({ partition }) => lanes.known(partition)?.ready.isEmpty(nowMs) === true,
  );
}

/** When the first message arrives that was not there yet at the last look. */
async function nextDelayedMs(
  { table, lanes }: EngineContext,
  queue: Queue,
  lookedAtMs: number,
): Promise<number> {
  const starts: number[] = [];
  const { from } = availableRange({ afterMs: lookedAtMs + 1, upToMs: lookedAtMs + 1 });
  for (const { partition: pk } of lanesOf(queue)) {
    const knownMs = lanes.known(pk)?.ready.nextDelayedMs;
    if (knownMs !== undefined) {
      starts.push(knownMs);
      continue;
    }
    const { items } = await table.query({ pk, from, to: "~", limit: 1 });
    for (const { sk } of items) starts.push(timeOf(sk));
  }
  return Math.min(Infinity, ...starts);
}

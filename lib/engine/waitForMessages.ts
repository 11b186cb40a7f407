import type { EngineContext } from "./engineContext.ts";
import type { LanePoll } from "./lanePolls.ts";
import { lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import type { QueueStore } from "./queueStore.ts";
import { receiveNow } from "./receiveNow.ts";
import type { Received, ReceiveOptions } from "./receiveOptions.ts";
import { availableRange } from "./segment.ts";
import { timeOf } from "./sortableTime.ts";
import type { WaitEnd } from "./waiters.ts";

/** How often a queue is looked at, by one receive for all, where others may send unseen. */
const sharedPollMs = 1000;
/** A look at a FIFO queue costs twice as much: with the queue's own item a read unit a second. */
const fifoPollMs = 1500;

/** A receive that waits for its first message (long polling, spec section 6.4). */
export async function waitForMessages(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions & { readonly waitMs: number },
): Promise<Received["messages"]> {
  const { clock, waiters, queues } = context;
  const deadlineMs = clock.nowMs() + options.waitMs;
  const waiter = waiters.enter(queue.id, options.most);
  let current = queue;
  let end: WaitEnd | undefined;
  let owesWake = false;
  try {
    for (;;) {
      const lookedAtMs = clock.nowMs();
      const poll = pollOf(context, current, end);
      if (poll?.kind === "rest") waiters.watch(queue.id, poll.untilMs);
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
        waiters.watch(queue.id, await nextLookMs(context, current, { lookedAtMs, nextVisibleMs }));
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

/** What a receive looks at that waits for messages of a standard queue, if other processes send some. */
function pollOf(
  { clock, polls, table }: EngineContext,
  queue: Queue,
  end: WaitEnd | undefined,
): LanePoll | undefined {
  if (!table.traits.isShared || queue.settings.fifo !== undefined) return undefined;
  return polls.next(queue, end, clock.nowMs());
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
  const { clock, table } = context;
  const isFifo = queue.settings.fifo !== undefined;
  if (table.traits.isShared) {
    return Math.min(nextVisibleMs, clock.nowMs() + (isFifo ? fifoPollMs : sharedPollMs));
  }
  // A look at a FIFO queue sees its delayed messages too.
  if (isFifo) return nextVisibleMs;
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

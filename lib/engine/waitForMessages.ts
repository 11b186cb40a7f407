import type { EngineContext } from "./engineContext.ts";
import { lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import { receiveNow } from "./receiveNow.ts";
import type { Received, ReceiveOptions } from "./receiveOptions.ts";
import { availableRange } from "./segment.ts";
import { timeOf } from "./sortableTime.ts";

/** How often a queue is looked at, by one receive for all, where others may send unseen. */
const sharedPollMs = 1000;

/** A receive that waits for its first message (long polling, spec section 6.4). */
export async function waitForMessages(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions & { readonly waitMs: number },
): Promise<Received["messages"]> {
  const { clock, waiters, queues } = context;
  const deadlineMs = clock.nowMs() + options.waitMs;
  const waiter = waiters.enter(queue.id);
  let current = queue;
  let owesWake = false;
  try {
    for (;;) {
      const { messages, nextVisibleMs } = await receiveNow(context, current, options);
      owesWake = false;
      // Whoever leaves with messages sets the alarm only for those who stay.
      if (messages.length === 0 || waiters.isParkedAt(queue.id)) {
        waiters.alarm(queue.id, await nextLookMs(context, current, nextVisibleMs));
      }
      // There may be more for the next one in line.
      if (messages.length === options.most) waiters.wake(queue.id);
      if (messages.length > 0) return messages;
      const next = await waiters.wait(waiter, { deadlineMs, signal: options.signal });
      if (next === "stop") return [];
      owesWake = true;
      const found = await queues.find(queue.account, queue.name);
      // Deleted, or made anew under the same name: nothing will come here any more.
      if (found === undefined || found.id !== queue.id) return [];
      current = found;
    }
  } finally {
    waiters.leave(waiter);
    // Whoever was woken and could not look passes it on.
    if (owesWake) waiters.wake(queue.id);
  }
}

/** When time alone could bring a message: a visibility timeout or a delay that ends. */
async function nextLookMs(
  context: EngineContext,
  queue: Queue,
  nextVisibleMs: number,
): Promise<number> {
  const nowMs = context.clock.nowMs();
  if (context.table.traits.isShared) return Math.min(nextVisibleMs, nowMs + sharedPollMs);
  // A look at a FIFO queue sees its delayed messages too.
  if (queue.settings.fifo !== undefined) return nextVisibleMs;
  const delayed = await nextDelayedMs(context, queue, nowMs);
  return Math.min(nextVisibleMs, delayed);
}

async function nextDelayedMs(
  { table }: EngineContext,
  queue: Queue,
  nowMs: number,
): Promise<number> {
  const starts: number[] = [];
  const { from } = availableRange({ afterMs: nowMs + 1, upToMs: nowMs + 1 });
  for (const { partition: pk } of lanesOf(queue)) {
    const { items } = await table.query({ pk, from, to: "~", limit: 1 });
    for (const { sk } of items) starts.push(timeOf(sk));
  }
  return Math.min(Infinity, ...starts);
}

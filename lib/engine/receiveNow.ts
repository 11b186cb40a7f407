import type { Output } from "#contract/operations.ts";
import type { EngineContext } from "./engineContext.ts";
import type { MessageContent } from "./messageContent.ts";
import type { Queue } from "./queue.ts";
import { receivedMessage, type Selection } from "./receivedMessage.ts";
import type { Segment } from "./segment.ts";
import { readContents } from "./segmentContents.ts";
import { gone } from "./slot.ts";
import { editSlots } from "./slotEdits.ts";
import { giveBack, type Taken, takeMessages } from "./takeMessages.ts";

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly most: number;
  readonly visibilityTimeoutMs: number;
  readonly selection: Selection;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

export interface Received {
  readonly messages: NonNullable<Output<"ReceiveMessage">["Messages"]>;
  /** When to look again, if nobody says so before; infinity if time alone changes nothing. */
  readonly nextVisibleMs: number;
}

/** One look for messages, without waiting. */
export async function receiveNow(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions,
): Promise<Received> {
  const { taken, nextVisibleMs } = await takeMessages(context, queue, options);
  if (taken.length > 0) context.waiters.alarm(queue.id, nextVisibleMs);
  const contents = await readAll(context, queue, taken);
  if (options.signal.aborted) {
    await giveBack(context, queue, taken);
    return { messages: [], nextVisibleMs };
  }
  const receivedAtMs = context.clock.nowMs();
  const selection = { ...options.selection, receivedAtMs };
  const messages = taken.flatMap((message) => {
    const content = contents.get(message);
    return content === undefined ? [] : [receivedMessage(queue, message, content, selection)];
  });
  return { messages, nextVisibleMs };
}

/**
 * The contents of what was taken, each segment's read once. Messages without contents are dropped:
 * no receive could ever return them.
 */
async function readAll(
  context: EngineContext,
  queue: Queue,
  taken: readonly Taken[],
): Promise<ReadonlyMap<Taken, MessageContent>> {
  const found = new Map<Taken, MessageContent>();
  const lost: Taken[] = [];
  const bySegment = [...Map.groupBy(taken, ({ segment }) => segment)];
  const read = ([segment]: readonly [Segment, unknown]) =>
    readContents(context.table, segment.contents, queue.account);
  const all = await Promise.all(bySegment.map(read));
  for (const [place, [segment, messages]] of bySegment.entries()) {
    for (const message of messages) {
      const content = all[place]?.[segment.moved?.index ?? message.index];
      if (content === undefined) lost.push(message);
      else found.set(message, content);
    }
  }
  if (lost.length > 0) await drop(context, queue, lost);
  return found;
}

async function drop(context: EngineContext, queue: Queue, lost: readonly Taken[]): Promise<void> {
  context.report({ event: "message.contentsMissing", queue: queue.name, count: lost.length });
  const bySegment = Map.groupBy(lost, ({ segment }) => segment);
  await editSlots(
    context.table,
    [...bySegment].map(([segment, messages]) => ({
      key: segment.key,
      size: segment.slots.length,
      edits: messages.map(({ index, slot }) => ({
        slot: index,
        expected: { kind: "exactly", slot },
        become: gone,
        otherwise: () => undefined,
      })),
    })),
  );
}

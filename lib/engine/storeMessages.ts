import type { CheckedMessage } from "./draft.ts";
import type { EngineContext } from "./engineContext.ts";
import { withFairLanes } from "./fairLanes.ts";
import { sendToGroups } from "./fifo/sendToGroups.ts";
import { sequenceText } from "./fifo/sequence.ts";
import type { Queue } from "./queue.ts";
import { sendMessages } from "./sendMessages.ts";

/** What a sender learns of a message that is stored. */
export interface StoredMessage {
  readonly MessageId: string;
  readonly SequenceNumber?: string;
}

/** Stores the messages of one send call as their queue's type asks; durable once answered. */
export async function storeMessages(
  context: EngineContext,
  queue: Queue,
  messages: readonly CheckedMessage[],
): Promise<readonly StoredMessage[]> {
  if (messages.length === 0) return [];
  if (queue.settings.fifo === undefined) {
    const drafts = messages.map(({ draft }) => draft);
    const hasGroups = drafts.some(({ content }) => content.groupId !== undefined);
    const target = hasGroups ? await withFairLanes(context, queue) : queue;
    const ids = await sendMessages(context, target, drafts);
    return ids.map((id) => ({ MessageId: id }));
  }
  const drafts = messages.flatMap(({ draft: { content }, fifo }) =>
    fifo === undefined ? [] : [{ content, ...fifo }],
  );
  const sent = await sendToGroups(context, queue, drafts);
  return sent.map(({ messageId, sequence }) => ({
    MessageId: messageId,
    SequenceNumber: sequenceText(sequence),
  }));
}

import type { Hold } from "./hold.ts";
import type { Message } from "./lambdaEvent.ts";
import type { Clock, PollLog, Random } from "./platform.ts";
import type { PolledQueue } from "./queue.ts";
import { backoffMs, inTens, pause } from "./waiting.ts";

export interface Settling {
  readonly queue: PolledQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: PollLog;
  readonly hold: Hold;
  /** Aborted when nobody can wait any longer. */
  readonly cut: AbortSignal;
}

const deleteTriesMax = 4;
const deleteBackoff = { firstMs: 200, maxMs: 2000 };

/**
 * Deletes messages that were handled; they are held until they are gone. What cannot be deleted in a
 * few tries comes again. Answers how many are gone.
 */
export async function deleteHandled(
  settling: Settling,
  messages: readonly Message[],
): Promise<number> {
  const { clock, random, log, hold, cut } = settling;
  hold.beginDeletion(messages);
  let open = messages;
  const refused: Message[] = [];
  for (let tries = 1; open.length > 0; tries += 1) {
    const again: Message[] = [];
    await inTens(open, async (ten) => {
      const { denied, failed } = await deleteTen(settling, ten);
      refused.push(...denied);
      again.push(...failed);
    });
    open = again;
    if (tries === deleteTriesMax || cut.aborted || open.length === 0) break;
    await pause(clock, backoffMs(tries, deleteBackoff, random), cut);
  }
  await hold.release(messages);
  const left = [...open, ...refused].map(({ messageId }) => messageId);
  if (left.length > 0) log.error("messages.notDeleted", { messageIds: left });
  return messages.length - left.length;
}

async function deleteTen({ queue, log }: Settling, messages: readonly Message[]) {
  const entries = messages.map(({ receiptHandle: ReceiptHandle }, index) => ({
    Id: `${index}`,
    ReceiptHandle,
  }));
  try {
    const { Failed = [] } = await queue.deleteMessageBatch({ Entries: entries });
    const faults = new Map(Failed.map(({ Id, SenderFault }) => [Id, SenderFault === true]));
    return {
      /** Asked again, the queue would answer the same. */
      denied: messages.filter((_, index) => faults.get(`${index}`) === true),
      failed: messages.filter((_, index) => faults.get(`${index}`) === false),
    };
  } catch (error) {
    log.warn("delete.failed", { messages: messages.length, error });
    return { denied: [], failed: messages };
  }
}

/**
 * Lets go of messages that failed. They come again after so many seconds, or when their visibility
 * timeout ends. What somebody else may have by now is left alone.
 */
export async function letComeAgain(
  settling: Settling,
  messages: readonly Message[],
  inSeconds?: number,
): Promise<void> {
  const { queue, log, hold } = settling;
  const ours = await hold.release(messages);
  if (inSeconds === undefined) return;
  await inTens(ours, async (ten) => {
    const Entries = ten.map(({ receiptHandle: ReceiptHandle }, index) => ({
      Id: `${index}`,
      ReceiptHandle,
      VisibilityTimeout: inSeconds,
    }));
    try {
      await queue.changeMessageVisibilityBatch({ Entries });
    } catch (error) {
      // Their visibility timeout brings them back all the same, only later.
      log.warn("release.failed", { messages: ten.length, error });
    }
  });
}

/** Gives back messages that no worker has had: as not received if the queue can, else at once. */
export async function giveBack(settling: Settling, messages: readonly Message[]): Promise<void> {
  const { queue, log, hold } = settling;
  if (queue.putBack === undefined) return await letComeAgain(settling, messages, 0);
  const ours = await hold.release(messages);
  if (ours.length === 0) return;
  try {
    await queue.putBack(ours.map(({ receiptHandle }) => receiptHandle));
  } catch (error) {
    log.warn("release.failed", { messages: ours.length, error });
  }
}

import type { Caller, Engine } from "#engine/engine.ts";
import type { PolledQueue } from "#poll/queue.ts";

/** Whose queue it is, and what region its ARN names. */
export type EngineQueueOwner = Pick<Caller, "account" | "region">;

/** The queue that an engine has under a name, for a poller in the same process. */
export function engineQueue(
  engine: Pick<Engine, "operate" | "putBack">,
  queueName: string,
  { account, region }: EngineQueueOwner,
): PolledQueue {
  // A name alone is as good as the URL of a queue of the caller's account.
  const QueueUrl = queueName;
  const never = new AbortController().signal;
  const callerUntil = (signal: AbortSignal): Caller => ({
    account,
    region,
    origin: "",
    senderId: account,
    signal,
  });
  const caller = callerUntil(never);
  return {
    receiveMessage: (input, signal) =>
      engine.operate("ReceiveMessage", { ...input, QueueUrl }, callerUntil(signal)),
    deleteMessageBatch: (input) =>
      engine.operate("DeleteMessageBatch", { ...input, QueueUrl }, caller),
    changeMessageVisibilityBatch: (input) =>
      engine.operate("ChangeMessageVisibilityBatch", { ...input, QueueUrl }, caller),
    getQueueAttributes: (input) =>
      engine.operate("GetQueueAttributes", { ...input, QueueUrl }, caller),
    putBack: (ReceiptHandles) => engine.putBack({ QueueUrl, ReceiptHandles }, caller),
  };
}

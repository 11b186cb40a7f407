import type { Input, Output } from "#contract/operations.ts";

type Calls = "ReceiveMessage" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch";
type Asked<Action extends Calls> = Omit<Input<Action>, "QueueUrl">;

/** The queue that is polled, in SQS's own terms; which queue that is, the port knows. */
export interface PolledQueue {
  /** Receives nothing more, and gives back what it may have received, once the signal is aborted. */
  receiveMessage(
    input: Asked<"ReceiveMessage">,
    signal: AbortSignal,
  ): Promise<Output<"ReceiveMessage">>;
  deleteMessageBatch(input: Asked<"DeleteMessageBatch">): Promise<Output<"DeleteMessageBatch">>;
  changeMessageVisibilityBatch(
    input: Asked<"ChangeMessageVisibilityBatch">,
  ): Promise<Output<"ChangeMessageVisibilityBatch">>;
  getQueueAttributes(input: {
    readonly AttributeNames: readonly string[];
  }): Promise<Output<"GetQueueAttributes">>;
  /**
   * Puts messages back as if they had not been received, their receive count too. SQS has no such
   * call; a queue that lacks it gets its messages back by a visibility timeout of 0.
   */
  putBack?(receiptHandles: readonly string[]): Promise<void>;
}

/** What is to be known of a queue before its messages can be handed over. */
export interface QueueFacts {
  readonly arn: string;
  readonly region: string;
  readonly isFifo: boolean;
  readonly visibilityTimeoutSeconds: number;
}

/** Asks a queue about itself. Rejects as its port does, if there is no such queue for example. */
export async function queueFacts(queue: PolledQueue): Promise<QueueFacts> {
  const { Attributes } = await queue.getQueueAttributes({
    AttributeNames: ["QueueArn", "VisibilityTimeout"],
  });
  const arn = Attributes?.get("QueueArn") ?? "";
  return {
    arn,
    region: arn.split(":")[3] ?? "",
    isFifo: arn.endsWith(".fifo"),
    visibilityTimeoutSeconds: Number(Attributes?.get("VisibilityTimeout") ?? 0),
  };
}

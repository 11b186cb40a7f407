import { numberOf } from "./bodies.ts";

/** One queue as a load sees it, whoever serves it and however it is reached. */
export interface QueueClient {
  /** Sends one body by SendMessage, or several by SendMessageBatch; answers their message ids. */
  send(bodies: readonly string[]): Promise<readonly string[]>;
  receive(options: ReceiveOptions): Promise<readonly Delivery[]>;
  /** Deletes one message by DeleteMessage, or several by DeleteMessageBatch. */
  delete(receiptHandles: readonly string[]): Promise<void>;
  changeVisibility(receiptHandle: string, timeoutSeconds: number): Promise<void>;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly most: number;
  readonly visibilityTimeoutSeconds: number;
  readonly waitSeconds: number;
}

/** A message as it was received. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  /** FIFO only: its group, and its place there. */
  readonly place?: { readonly group: string; readonly sequenceNumber: string };
}

/** What a receive asks for with each message. */
export const askedAttributes = [
  "ApproximateReceiveCount",
  "MessageGroupId",
  "SequenceNumber",
] as const;

/** What a receive answers of those. */
export interface AnsweredAttributes {
  readonly ApproximateReceiveCount?: string | undefined;
  readonly MessageGroupId?: string | undefined;
  readonly SequenceNumber?: string | undefined;
}

/** What a ledger needs to know of a message beside its id and its body. */
export function factsOf(
  attributes: AnsweredAttributes | undefined,
): Pick<Delivery, "receiveCount" | "place"> {
  const { ApproximateReceiveCount, MessageGroupId: group, SequenceNumber } = attributes ?? {};
  const receiveCount = Number(ApproximateReceiveCount);
  return group === undefined || SequenceNumber === undefined
    ? { receiveCount }
    : { receiveCount, place: { group, sequenceNumber: SequenceNumber } };
}

/** A message as it is sent: where there are groups they take turns, and the queue is FIFO. */
export function messageOf(body: string, groups: number | undefined) {
  if (groups === undefined) return { MessageBody: body };
  const number = numberOf(body);
  return {
    MessageBody: body,
    MessageGroupId: `group-${number % groups}`,
    MessageDeduplicationId: String(number),
  };
}

interface FailedEntry {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** Throws unless a batch succeeded as a whole. */
export function assertNoneFailed(failed: readonly FailedEntry[] | undefined): void {
  const [first] = failed ?? [];
  if (first !== undefined) throw new Error(`a batch entry failed: ${first.Code}: ${first.Message}`);
}

/** The entries of a batch, each with its place as its id. */
export function entriesOf<Each, Entry>(
  several: readonly Each[],
  entryOf: (each: Each) => Entry,
): readonly (Entry & { readonly Id: string })[] {
  return several.map((each, index) => ({ ...entryOf(each), Id: String(index) }));
}

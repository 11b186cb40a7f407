import type { MessageContent } from "../messageContent.ts";

/** A message for a FIFO queue that passed every check. */
export interface FifoDraft {
  readonly content: MessageContent;
  readonly groupId: string;
  /** Given, or the hash of the body. */
  readonly deduplicationId: string;
  readonly isContentBased: boolean;
}

/** What a sender is told, the same again for a duplicate (spec section 7.2). */
export interface FifoSent {
  readonly messageId: string;
  readonly sequence: number;
}

import type { Item, Key } from "#table/table.ts";
import type { MessageContent } from "../messageContent.ts";
import type { ContentsPlace } from "../segment.ts";
import type { EntryFacts } from "./entry.ts";
import type { FifoSent } from "./fifoDraft.ts";

/** A message on its way to its group, with all that does not change from try to try. */
export interface Outgoing {
  readonly idKey: Key;
  readonly content: MessageContent;
  readonly contents: ContentsPlace;
  readonly facts: Pick<EntryFacts, "idDigits" | "deduplicationId">;
  /** A record of the same deduplication id which is over, and must still be there. */
  expiredId: Item | undefined;
  /** Set once it is settled. */
  outcome: Outcome | undefined;
}

export type Outcome =
  | { readonly kind: "stored"; readonly sent: FifoSent }
  | { readonly kind: "duplicate"; readonly sent: FifoSent }
  | { readonly kind: "failed"; readonly error: unknown };

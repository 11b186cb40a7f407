import type { StoredAttribute } from "./messageAttributes.ts";

/** What a sender gave: immutable from the send on. */
export interface MessageContent {
  readonly body: string;
  /** `MD5OfBody`, where it was computed already. Not stored. */
  readonly bodyDigest?: string;
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
  readonly senderId: string;
  readonly traceHeader?: string;
  readonly groupId?: string;
}

import { sortableTime, timeOf } from "./sortableTime.ts";

/**
 * One message's place in a segment, as it stands in the segment's item.
 *
 * ```
 *   attribute absent                      fresh: not received since it was sent
 *   "-"                                   gone: deleted, or moved away
 *   tttttttt vvvvvvvvv fffffffff n…       received: token, visible at, first received at, count
 *   8        9         9         decimal
 * ```
 *
 * The token stands first so that a receipt handle, which knows the token and not the times, can
 * guard a write by prefix.
 */
export type Slot = { readonly kind: "fresh" } | { readonly kind: "gone" } | ReceivedSlot;

export interface ReceivedSlot {
  readonly kind: "received";
  /** Eight characters that are new at each receive. */
  readonly token: string;
  readonly visibleAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
}

const tokenCharacters = 8;
const timeCharacters = 9;
const goneText = "-";
const firstStart = tokenCharacters + timeCharacters;
const countStart = firstStart + timeCharacters;

/** What one received slot takes in an item, its attribute's name and a count of two digits included. */
export const slotBytes = countStart + 2 + 3;

/** The attribute of the slot with that number. */
export function slotAttribute(index: number): string {
  return `s${index}`;
}

export const gone: Slot = { kind: "gone" };
const fresh: Slot = { kind: "fresh" };

export function readSlot(text: string | undefined): Slot {
  if (text === undefined) return fresh;
  if (text === goneText) return gone;
  return {
    kind: "received",
    token: text.slice(0, tokenCharacters),
    visibleAtMs: timeOf(text.slice(tokenCharacters)),
    firstReceivedAtMs: timeOf(text.slice(firstStart)),
    receiveCount: Number.parseInt(text.slice(countStart), 10),
  };
}

/** The attribute's text; `undefined` for a fresh slot, which has none. */
export function writeSlot(slot: Slot): string | undefined {
  switch (slot.kind) {
    case "fresh":
      return undefined;
    case "gone":
      return goneText;
    case "received":
      return `${slot.token}${sortableTime(slot.visibleAtMs)}${sortableTime(slot.firstReceivedAtMs)}${slot.receiveCount}`;
  }
}

/** The slot after one more receive. */
export function receivedAgain(
  slot: Slot,
  receive: { readonly token: string; readonly nowMs: number; readonly visibleAtMs: number },
): ReceivedSlot {
  const before = slot.kind === "received" ? slot : undefined;
  return {
    kind: "received",
    token: receive.token,
    visibleAtMs: receive.visibleAtMs,
    firstReceivedAtMs: before?.firstReceivedAtMs ?? receive.nowMs,
    receiveCount: (before?.receiveCount ?? 0) + 1,
  };
}

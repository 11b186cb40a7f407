import type { Random } from "./random.ts";
import { wholeText } from "./wholeText.ts";

/**
 * One message's place in a segment, as it stands in the segment's item.
 *
 * ```
 *   attribute absent                      fresh: not received since it was sent
 *   "-"                                   gone: deleted, or moved away
 *   tttttt vvvvvvvv.a                     received: token, visible at, and how long before that it
 *   tttttt vvvvvvvv.a.n                   was received first; then how often, when not once
 *   6      8       base 36
 * ```
 *
 * The token stands first so that a receipt handle, which knows the token and not the times, can
 * guard a write by prefix. The time stands next and sorts as times do, so that a guard can say "later
 * than". Ten slots have to fit one step of DynamoDB's bill together with ten bodies, so none of this
 * is longer than it must be.
 */
export type Slot = { readonly kind: "fresh" } | { readonly kind: "gone" } | ReceivedSlot;

export interface ReceivedSlot {
  readonly kind: "received";
  /** Six characters that are new at each receive. */
  readonly token: string;
  readonly visibleAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
}

const tokenCharacters = 6;
/** Eight digits of base 36 hold every millisecond until the year 2059, and sort until then. */
const timeCharacters = 8;
const goneText = "-";
const tokens = 36 ** tokenCharacters;

/** The token of a slot that nobody has received in this queue yet: no handle can hold it. */
export const nobodysToken = ".".repeat(tokenCharacters);

/** A token for one receive. */
export function newToken(random: Random): string {
  const token = Number.parseInt(random.hex(tokenCharacters), 16) % tokens;
  return token.toString(36).padStart(tokenCharacters, "0");
}

/** Whether a text can be the token of a receive. */
export function isToken(text: string): boolean {
  return /^[0-9a-z]{6}$/.test(text);
}

/** What a slot's text takes once it was received for the first time, for so long. */
export function slotBytes(visibilityTimeoutSeconds: number): number {
  const durationDigits = (visibilityTimeoutSeconds * 1000).toString(36).length;
  return tokenCharacters + timeCharacters + ".".length + durationDigits;
}

/** The attribute of the slot with that number. */
export function slotAttribute(index: number): string {
  return `s${index}`;
}

export const gone: Slot = { kind: "gone" };
export const fresh: Slot = { kind: "fresh" };

export function readSlot(text: string | undefined): Slot {
  if (text === undefined) return fresh;
  if (text === goneText) return gone;
  const [visibleAt = "", sinceFirst = "", count = "1"] = text.slice(tokenCharacters).split(".");
  const visibleAtMs = Number.parseInt(visibleAt, 36);
  return {
    kind: "received",
    token: text.slice(0, tokenCharacters),
    visibleAtMs,
    firstReceivedAtMs: visibleAtMs - Number.parseInt(sinceFirst, 36),
    receiveCount: Number.parseInt(count, 36),
  };
}

/** The attribute's text; `undefined` for a fresh slot, which has none. */
export function writeSlot(slot: Slot): string | undefined {
  switch (slot.kind) {
    case "fresh":
      return undefined;
    case "gone":
      return goneText;
    case "received": {
      const { token, visibleAtMs, firstReceivedAtMs, receiveCount } = slot;
      const sinceFirst = (visibleAtMs - firstReceivedAtMs).toString(36);
      const count = receiveCount === 1 ? "" : `.${receiveCount.toString(36)}`;
      return `${token}${slotTime(visibleAtMs)}.${sinceFirst}${count}`;
    }
  }
}

/** A time as it stands in a slot. */
export function slotTime(timeMs: number): string {
  return wholeText(Math.max(0, Math.floor(timeMs)), 36).padStart(timeCharacters, "0");
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

/** The slot as if the receive that holds it had not been, and available now. */
export function unreceived(held: Omit<ReceivedSlot, "kind" | "visibleAtMs">, nowMs: number): Slot {
  if (held.receiveCount <= 1) return fresh;
  const visibleAtMs = Math.max(nowMs, held.firstReceivedAtMs);
  return { ...held, kind: "received", visibleAtMs, receiveCount: held.receiveCount - 1 };
}

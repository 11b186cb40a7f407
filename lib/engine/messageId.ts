import { wholeText } from "./wholeText.ts";

/**
 * A message's id follows from its segment's key and its place there, so it costs no storage, and
 * leads back to the segment. It has the form of a version 7 UUID:
 *
 * ```
 *   tttttttt-tttt-7rrr-srrr-rrrrrrrrrrss     t first-visible time, r the segment's other digits,
 *                                            s the slot
 * ```
 */
export function messageIdOf(startsAtMs: number, digits: string, slot: number): string {
  const time = wholeText(startsAtMs, 16).padStart(12, "0");
  const variantAndSlot = (8 + (slot >> 8)).toString(16);
  const slotDigits = (slot & 0xff).toString(16).padStart(2, "0");
  const [a, b, c] = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-${variantAndSlot}${b}-${c}${slotDigits}`;
}

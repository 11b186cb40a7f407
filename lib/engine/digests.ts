import assert from "node:assert/strict";
import { hash } from "node:crypto";
import type { StoredAttribute } from "./messageAttributes.ts";

const stringTransport = 1;
const binaryTransport = 2;
const lengthBytes = 4;

/** `MD5OfMessageBody` and `MD5OfBody`: lower-case hexadecimal, of the UTF-8 form (spec section 5.1). */
export function md5OfText(text: string): string {
  return hash("md5", text, "hex");
}

/** The deduplication id that a body gives where the sender gave none (spec section 5.5). */
export function contentDeduplicationId(body: string): string {
  return hash("sha256", body, "hex");
}

/**
 * `MD5OfMessageAttributes`, of the attributes sorted by name (spec section 5.1). SQS never sends the
 * digest of nothing, so there must be at least one. Each of them adds
 *
 *     | length | name | length | data type | transport | length | value |
 *     |   4    |      |   4    |           |     1     |   4    |       |
 */
export function md5OfAttributes(attributes: ReadonlyMap<string, StoredAttribute>): string {
  assert(attributes.size > 0, "a digest of no attributes is never sent");
  const parts: Uint8Array[] = [];
  for (const [name, value] of [...attributes].sort(byName)) {
    const isBinary = "bytes" in value;
    const transport = Uint8Array.of(isBinary ? binaryTransport : stringTransport);
    const bytes = isBinary ? value.bytes : Buffer.from(value.text);
    parts.push(...measured(Buffer.from(name)), ...measured(Buffer.from(value.dataType)));
    parts.push(transport, ...measured(bytes));
  }
  return hash("md5", Buffer.concat(parts), "hex");
}

/** `MD5OfMessageSystemAttributes`: the trace header is the one that can be sent (spec section 5.4). */
export function md5OfTraceHeader(text: string): string {
  return md5OfAttributes(new Map([["AWSTraceHeader", { dataType: "String", text }]]));
}

/** Names are ASCII, where the order of code units is that of UTF-8 bytes. */
function byName([one]: [string, StoredAttribute], [other]: [string, StoredAttribute]): number {
  return one < other ? -1 : 1;
}

function measured(bytes: Uint8Array): [length: Uint8Array, bytes: Uint8Array] {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

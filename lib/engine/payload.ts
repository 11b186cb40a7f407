import assert from "node:assert/strict";
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import type { StoredAttribute } from "./messageAttributes.ts";
import type { MessageContent } from "./messageContent.ts";

/**
 * The contents of one segment's messages as bytes.
 *
 * ```
 *   one byte   0 plain, 1 brotli, 2 zstd: how the rest is compressed
 *   the rest   "[" begins a JSON list of records, one a message; a byte 0 leads bodies, with a byte 0
 *              between one and the next, of messages that have nothing but a body
 * ```
 *
 * Messages of different senders are never compressed together across queues, since the length of
 * the result would tell one sender about the other's text.
 */

const plain = 0;
/** As a character it is the same one byte. */
const plainMark = String.fromCharCode(plain);
const brotli = 1;
const zstd = 2;
/** No body has this character (`InvalidMessageContents`). */
const nul = "\0";

/** Brotli's dictionary wins on small texts; zstd is faster on large ones (measured on JSON). */
const brotliBytesMax = 16 * 1024;
const brotliOptions = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_LGWIN]: 16,
  },
};

/** A body, then what it has besides: attributes, sender, trace header, group. */
type PayloadRecord = readonly [body: string, rest?: RecordRest];

interface RecordRest {
  readonly a?: readonly (readonly [name: string, dataType: string, text: string, isBase64?: 1])[];
  readonly s?: string;
  readonly t?: string;
  readonly g?: string;
}

/** `senderByDefault` is left out where it is the sender, and must be the same when reading. */
export function encodePayload(
  contents: readonly MessageContent[],
  senderByDefault: string,
): Uint8Array {
  const records = contents.map((content) => toRecord(content, senderByDefault));
  const isSimple = records.every(([body, rest]) => rest === undefined && !body.includes(nul));
  const rest = isSimple
    ? `${nul}${records.map(([body]) => body).join(nul)}`
    : JSON.stringify(records);
  return Buffer.from(`${plainMark}${rest}`);
}

/** The same payload, smaller if that can be had. */
export function compressPayload(payload: Uint8Array): Uint8Array {
  assert.equal(payload[0], plain);
  const rest = payload.subarray(1);
  const isSmall = rest.length <= brotliBytesMax;
  const packed = isSmall ? brotliCompressSync(rest, brotliOptions) : zstdCompressSync(rest);
  if (packed.length >= rest.length) return payload;
  return Buffer.concat([Buffer.of(isSmall ? brotli : zstd), packed]);
}

export function decodePayload(
  payload: Uint8Array,
  senderByDefault: string,
): readonly MessageContent[] {
  const rest = decompressed(payload);
  if (rest[0] === 0) {
    const bodies = rest.toString("utf8", 1).split(nul);
    return bodies.map((body) => ({ body, attributes: new Map(), senderId: senderByDefault }));
  }
  const records: readonly PayloadRecord[] = JSON.parse(rest.toString());
  return records.map((record) => fromRecord(record, senderByDefault));
}

function decompressed(payload: Uint8Array): Buffer {
  const rest = Buffer.from(payload.buffer, payload.byteOffset + 1, payload.byteLength - 1);
  switch (payload[0]) {
    case plain:
      return rest;
    case brotli:
      return brotliDecompressSync(rest);
    case zstd:
      return zstdDecompressSync(rest);
    default:
      throw new Error(`expected a payload of kind 0 to 2, got ${payload[0]}`);
  }
}

function toRecord(content: MessageContent, senderByDefault: string): PayloadRecord {
  const rest: RecordRest = {
    ...(content.attributes.size > 0 && { a: [...content.attributes].map(packAttribute) }),
    ...(content.senderId !== senderByDefault && { s: content.senderId }),
    ...(content.traceHeader !== undefined && { t: content.traceHeader }),
    ...(content.groupId !== undefined && { g: content.groupId }),
  };
  return Object.keys(rest).length === 0 ? [content.body] : [content.body, rest];
}

function packAttribute([name, attribute]: readonly [string, StoredAttribute]) {
  return "text" in attribute
    ? ([name, attribute.dataType, attribute.text] as const)
    : ([name, attribute.dataType, Buffer.from(attribute.bytes).toString("base64"), 1] as const);
}

function fromRecord([body, rest]: PayloadRecord, senderByDefault: string): MessageContent {
  const attributes = (rest?.a ?? []).map(([name, dataType, text, isBase64]) => {
    const stored: StoredAttribute =
      isBase64 === 1 ? { dataType, bytes: Buffer.from(text, "base64") } : { dataType, text };
    return [name, stored] as const;
  });
  return {
    body,
    attributes: new Map(attributes),
    senderId: rest?.s ?? senderByDefault,
    ...(rest?.t !== undefined && { traceHeader: rest.t }),
    ...(rest?.g !== undefined && { groupId: rest.g }),
  };
}

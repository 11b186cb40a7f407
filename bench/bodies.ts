import { type Chance, oneOf, seededRandom, wholeBelow } from "./seededRandom.ts";

/**
 * Message bodies like those that services send each other: an order as JSON, with its number in
 * front, of about so many bytes. No two are alike, and they compress as real ones do: names and
 * words repeat, ids and amounts do not.
 *
 *   {"order":17,"id":"9f0c…","customer":{…},"lines":[…],"note":"…"}
 */
export type BodyOf = (number: number) => string;

const opening = '{"order":';
/** Orders made in advance; what follows the number comes round again after so many. */
const variants = 509;

/** Makes bodies of about `bytes`, at least 40, the same ones for the same seed. */
export function bodiesOf(bytes: number, seed = 1): BodyOf {
  const chance = seededRandom(seed);
  const rests = Array.from({ length: variants }, () => restOfBody(chance, bytes - 16));
  return (number) => `${opening}${number},${rests[number % variants]}`;
}

/** The number of a body made here; `NaN` for any other. */
export function numberOf(body: string): number {
  return body.startsWith(opening) ? Number.parseInt(body.slice(opening.length), 10) : Number.NaN;
}

function restOfBody(chance: Chance, bytes: number): string {
  const start = `"id":"${hex(chance, 16)}"`;
  const parts = [start];
  let length = start.length + 2;
  for (const part of orderParts(chance)) {
    if (length + part.length + 1 > bytes) break;
    parts.push(part);
    length += part.length + 1;
  }
  const note = Math.max(0, bytes - length - '"note":"",'.length);
  return `${parts.join(",")},"note":"${sentence(chance, note)}"}`;
}

function* orderParts(chance: Chance): Generator<string> {
  yield `"status":"${oneOf(chance, ["placed", "paid", "packed", "shipped", "returned"])}"`;
  yield `"placedAt":"2026-0${1 + wholeBelow(chance, 9)}-1${wholeBelow(chance, 10)}T1${wholeBelow(chance, 10)}:${10 + wholeBelow(chance, 50)}:07.${100 + wholeBelow(chance, 900)}Z"`;
  yield `"customer":${JSON.stringify({
    id: hex(chance, 6),
    name: `${oneOf(chance, firstNames)} ${oneOf(chance, lastNames)}`,
    email: `${oneOf(chance, firstNames)}.${oneOf(chance, lastNames)}@example.com`.toLowerCase(),
  })}`;
  yield `"total":${wholeBelow(chance, 100_000) / 100}`;
  yield `"currency":"${oneOf(chance, ["EUR", "USD", "GBP", "SEK"])}"`;
  for (let line = 1; ; line += 1) {
    yield `"line${line}":${JSON.stringify({
      sku: `${oneOf(chance, ["SHOE", "COAT", "LAMP", "BOOK"])}-${hex(chance, 4)}`,
      title: sentence(chance, 24),
      quantity: 1 + wholeBelow(chance, 5),
      unitPrice: wholeBelow(chance, 20_000) / 100,
    })}`;
    // Room is left for the note.
    if (line % 4 === 0) yield `"warehouse${line}":"${hex(chance, 8)}"`;
  }
}

function sentence(chance: Chance, length: number): string {
  let text = "";
  while (text.length < length) text += `${oneOf(chance, words)} `;
  return text.slice(0, length);
}

function hex(chance: Chance, bytes: number): string {
  return Array.from({ length: bytes }, () =>
    wholeBelow(chance, 256).toString(16).padStart(2, "0"),
  ).join("");
}

const firstNames = ["Ada", "Bela", "Chidi", "Dora", "Emeka", "Fatma", "Goran", "Hana"] as const;
const lastNames = ["Lovelace", "Okafor", "Novak", "Silva", "Tanaka", "Weber", "Yilmaz"] as const;
const words = [
  "please",
  "leave",
  "parcel",
  "with",
  "the",
  "neighbour",
  "behind",
  "green",
  "door",
  "before",
  "noon",
  "ring",
  "twice",
  "fragile",
  "handle",
  "care",
  "gift",
  "wrapping",
  "no",
  "invoice",
  "inside",
  "second",
  "floor",
  "call",
  "on",
  "arrival",
] as const;

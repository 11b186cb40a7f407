import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Entry,
  entryAttributeNames,
  entryFixedBytes,
  hasExpired,
  measureEntries,
  messageIdOfEntry,
  packEntries,
  readEntries,
  standingOf,
} from "#engine/fifo/entry.ts";
import type { Value } from "#table/table.ts";
import { aFifoQueue, anEntry, inFlightUntil, nowMs } from "./fifoFixture.ts";

const id = fc.string({
  unit: fc.constantFrom(..."aZ09!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
  minLength: 1,
  maxLength: 128,
});
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const days = 86_400_000;
/** A message lives for two weeks. */
const received = fc
  .record({
    token: fc.stringMatching(/^[0-9a-z]{6}$/),
    firstReceivedAtMs: fc.integer({ min: 0, max: Date.UTC(2059, 0) }),
    hiddenMs: fc.integer({ min: 0, max: 15 * days }),
    receiveCount: fc.integer({ min: 1, max: 99 }),
  })
  .map(({ hiddenMs, ...rest }) => ({
    ...rest,
    kind: "received" as const,
    visibleAtMs: rest.firstReceivedAtMs + hiddenMs,
  }));

const entry: fc.Arbitrary<Entry> = fc.record({
  number: fc.integer({ min: 0, max: 99_999 }),
  facts: fc.record(
    {
      sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      sentAtMs: time,
      idDigits: fc.stringMatching(/^[0-9a-f]{16}$/),
      deduplicationId: id,
      moved: fc.record({
        arrivedAtMs: time,
        sourceArn: fc.constantFrom("arn:aws:sqs:us-east-1:111122223333:source.fifo"),
        receivedBefore: fc.integer({ min: 1, max: 1000 }),
      }),
    },
    { requiredKeys: ["sequence", "sentAtMs", "idDigits"] },
  ),
  contents: fc.oneof(
    fc.record({
      kind: fc.constant("inline" as const),
      payload: fc.uint8Array({ maxLength: 300 }),
    }),
    fc.record({
      kind: fc.constant("chunks" as const),
      pk: fc.constant("3k9x0f/0123456789abc"),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  ),
  slot: fc.oneof(fc.constant({ kind: "fresh" as const }), received),
});
const entries = fc.uniqueArray(entry, { maxLength: 12, selector: ({ number }) => number });
const key = { pk: "abc.0.0", sk: "0123456789group" };

describe("an entry of a group", () => {
  it("is read as it was written, among others and in order", () => {
    fc.assert(
      fc.property(entries, (some) => {
        const read = readEntries({ t: 1, n: 2, ...packEntries(some).attributes, ...key });

        expect(read).toEqual(some.toSorted((left, right) => left.number - right.number));
      }),
    );
  });

  it("takes as much as its item is measured to, slot included", () => {
    fc.assert(
      fc.property(entries, (some) => {
        const { entryCount, bytes } = measureEntries({ ...key, ...packEntries(some).attributes });
        const taken = Object.entries(packEntries(some).attributes).reduce(
          (sum, [name, value]) => sum + name.length + valueBytes(value),
          0,
        );

        expect(entryCount).toBe(some.length);
        expect(bytes).toBe(packEntries(some).bytes);
        // A count or a number of many digits may take a few bytes more.
        expect(bytes).toBeGreaterThanOrEqual(taken - some.length * 8);
      }),
    );
  });

  it("fits beside its contents into the room that is kept for it", () => {
    fc.assert(
      fc.property(entry, (each) => {
        fc.pre(each.contents.kind === "inline" && each.facts.moved === undefined);
        const contents = { kind: "inline", payload: new Uint8Array() } as const;
        const ids = each.facts.deduplicationId?.length ?? 0;

        expect(packEntries([{ ...each, contents }]).bytes).toBeLessThanOrEqual(
          entryFixedBytes + ids,
        );
      }),
    );
  });

  it("has no other attributes than those that are removed with it", () => {
    fc.assert(
      fc.property(entry, (each) => {
        const names = Object.keys(packEntries([each]).attributes);

        expect(entryAttributeNames(each.number)).toEqual(expect.arrayContaining(names));
      }),
    );
  });

  it("has a message id in the form of a UUID, with its time and digits in it", () => {
    const { facts } = anEntry(7, { sentAtMs: 0x0123456789ab, idDigits: "fedcba9876543210" });

    expect(messageIdOfEntry(facts)).toBe("01234567-89ab-7fed-8cba-987654321000");
  });

  it.each([
    ["fresh without a delay", anEntry(0), 0, { kind: "available" }],
    ["fresh before the delay is over", anEntry(0), 5, { kind: "delayed", untilMs: nowMs + 5000 }],
    [
      "fresh when the delay is over",
      anEntry(0, { sentAtMs: nowMs - 5000 }),
      5,
      { kind: "available" },
    ],
    [
      "received, its timeout running",
      anEntry(0, { slot: inFlightUntil(nowMs + 1) }),
      0,
      { kind: "inFlight", untilMs: nowMs + 1 },
    ],
    [
      "received, its timeout over",
      anEntry(0, { slot: inFlightUntil(nowMs) }),
      900,
      { kind: "available" },
    ],
  ] as const)("that is %s stands as it should", (_story, each, delaySeconds, standing) => {
    expect(standingOf(each, aFifoQueue({ delaySeconds }), nowMs)).toEqual(standing);
  });

  it.each([
    ["a millisecond before its time", anEntry(0, { sentAtMs: nowMs - 59_999 }), false],
    ["at its time", anEntry(0, { sentAtMs: nowMs - 60_000 }), true],
    [
      "in flight, at its time",
      anEntry(0, { sentAtMs: nowMs - 60_000, slot: inFlightUntil(nowMs + 9) }),
      true,
    ],
    [
      "old, and moved here just now",
      anEntry(0, {
        sentAtMs: 0,
        moved: { arrivedAtMs: nowMs - 59_999, sourceArn: "arn", receivedBefore: 1 },
      }),
      false,
    ],
  ])("has or has not expired %s", (_story, each, isOver) => {
    expect(hasExpired(each, aFifoQueue({ retentionSeconds: 60 }), nowMs)).toBe(isOver);
  });
});

function valueBytes(value: Value): number {
  return value instanceof Uint8Array ? value.byteLength : String(value).length;
}

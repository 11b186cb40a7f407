import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageIdOf } from "#engine/messageId.ts";
import {
  availableRange,
  chunksPartition,
  messageIdAt,
  orderMax,
  readSegment,
  receivedBytes,
  type Segment,
  segmentItem,
  segmentKey,
  segmentRandomDigits,
  sentAtMs,
  slotsMax,
} from "#engine/segment.ts";
import { slotAttribute, writeSlot } from "#engine/slot.ts";
import { latestMs } from "#engine/sortableTime.ts";

const queueId = "queue1";
const today = Date.UTC(2026, 10, 22);
const digits = fc.stringMatching(new RegExp(`^[0-9a-f]{${segmentRandomDigits}}$`));
const time = fc.integer({ min: 0, max: latestMs });
const key = fc
  .record({
    startsAtMs: time,
    order: fc.integer({ min: 0, max: orderMax }),
    randomDigits: digits,
    lane: fc.integer({ min: 0, max: 2000 }),
    epoch: fc.nat(1000),
  })
  .map(({ lane, epoch, ...place }) => segmentKey({ queueId, epoch, lane }, place));
const contents: fc.Arbitrary<Segment["contents"]> = fc.oneof(
  fc.record({ kind: fc.constant("inline"), payload: fc.uint8Array({ minLength: 2 }) }),
  fc.record({
    kind: fc.constant("chunks"),
    pk: digits.map((each) => chunksPartition("another", each)),
    count: fc.integer({ min: 1, max: 4 }),
  }),
);
const segment: fc.Arbitrary<Segment> = fc
  .record({
    key,
    delayMs: fc.nat(900_000),
    slots: fc.integer({ min: 1, max: slotsMax }),
    contents,
    moved: fc.option(
      fc.record({
        messageId: fc.uuid(),
        sentAtMs: time,
        sourceArn: fc.string(),
        index: fc.nat(31),
        receivedBefore: fc.nat(1000),
      }),
    ),
    expiresAtSeconds: fc.nat(),
  })
  .map(({ slots, moved, ...rest }) => ({
    ...rest,
    startsAtMs: Number.parseInt(rest.key.sk.slice(0, 9), 36),
    slots: Array.from({ length: slots }, () => ({ kind: "fresh" })),
    ...(moved !== null && { moved }),
  }));

describe("a segment's item", () => {
  it("gives back whatever was written", () => {
    fc.assert(
      fc.property(segment, (each) => {
        expect(readSegment(segmentItem(each, queueId), queueId)).toEqual(each);
      }),
    );
  });

  it("does not say where chunks are that bear its own name", () => {
    const randomDigits = "0".repeat(segmentRandomDigits);
    const place = { startsAtMs: 5, order: 1, randomDigits };
    const own: Segment = {
      key: segmentKey({ queueId, epoch: 0, lane: 0 }, place),
      startsAtMs: 5,
      delayMs: 0,
      slots: [{ kind: "fresh" }],
      contents: { kind: "chunks", pk: chunksPartition(queueId, randomDigits), count: 2 },
      expiresAtSeconds: 9,
    };

    const item = segmentItem(own, queueId);

    expect(Object.keys(item).toSorted()).toEqual(["c", "pk", "sk", "x"]);
    expect(readSegment(item, queueId)).toEqual(own);
  });

  it("grows to no more than is reckoned with when all is received", () => {
    const all = fc.record({
      key,
      size: fc.integer({ min: 1, max: slotsMax }),
      delayMs: fc.nat(900_000),
    });
    fc.assert(
      fc.property(all, ({ key, size, delayMs }) => {
        const payload = new Uint8Array(100);
        const visibilityTimeoutSeconds = 30;
        const slot = writeSlot({
          kind: "received",
          token: "012345",
          visibleAtMs: today + visibilityTimeoutSeconds * 1000,
          firstReceivedAtMs: today,
          receiveCount: 1,
        });
        const item = {
          ...segmentItem(
            {
              key,
              startsAtMs: 0,
              delayMs,
              slots: Array.from({ length: size }, () => ({ kind: "fresh" })),
              contents: { kind: "inline", payload },
              expiresAtSeconds: 2_000_000_000,
            },
            queueId,
          ),
          ...Object.fromEntries(
            Array.from({ length: size }, (_, index) => [slotAttribute(index), slot ?? ""]),
          ),
        };

        const stateBytes = receivedBytes(key, size, { visibilityTimeoutSeconds, delayMs });
        expect(billedBytes(item)).toBeLessThanOrEqual(stateBytes + payload.length);
      }),
    );
  });
});

/** DynamoDB's rule: names and strings by their bytes, a number by half of its digits and one. */
function billedBytes(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    if (typeof value === "string" || value instanceof Uint8Array) {
      return sum + name.length + value.length;
    }
    return sum + name.length + Math.ceil(String(value).length / 2) + 1;
  }, 0);
}

describe("a segment's key", () => {
  const lane = { queueId, epoch: 0, lane: 0 };

  it("sorts by time, then by the order in which one process sent", () => {
    const randomDigits = fc.tuple(digits, digits);
    const places = fc.tuple(time, fc.nat(orderMax), time, fc.nat(orderMax), randomDigits);
    fc.assert(
      fc.property(places, ([startsAtMs, order, laterMs, laterOrder, [left, right]]) => {
        fc.pre(startsAtMs < laterMs || (startsAtMs === laterMs && order < laterOrder));
        const first = segmentKey(lane, { startsAtMs, order, randomDigits: left });
        const second = segmentKey(lane, {
          startsAtMs: laterMs,
          order: laterOrder,
          randomDigits: right,
        });

        expect(first.sk < second.sk).toBe(true);
      }),
    );
  });

  it.each([
    { at: 1000, isWithin: true },
    { at: 999, isWithin: false },
    { at: 2000, isWithin: true },
    { at: 2001, isWithin: false },
  ])("of a segment that starts at $at is within 1000 to 2000: $isWithin", ({ at, isWithin }) => {
    const { from, to } = availableRange({ afterMs: 1000, upToMs: 2000 });
    const { sk } = segmentKey(lane, {
      startsAtMs: at,
      order: orderMax,
      randomDigits: "f".repeat(segmentRandomDigits),
    });

    expect(from <= sk && sk <= to).toBe(isWithin);
  });
});

describe("a message", () => {
  it("was sent when its segment starts, less its delay", () => {
    fc.assert(
      fc.property(segment, (each) => {
        expect(sentAtMs(each)).toBe(each.moved?.sentAtMs ?? each.startsAtMs - each.delayMs);
      }),
    );
  });

  it("has an id in the form of a version 7 UUID", () => {
    fc.assert(
      fc.property(segment, fc.nat(slotsMax - 1), (each, index) => {
        fc.pre(each.moved === undefined);
        expect(messageIdAt(each, index)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it("has an id that no other place has", () => {
    const place = fc.tuple(time, fc.stringMatching(/^[0-9a-f]{16}$/), fc.nat(slotsMax - 1));
    fc.assert(
      fc.property(place, place, (left, right) => {
        const isSame = JSON.stringify(left) === JSON.stringify(right);

        expect(messageIdOf(...left) === messageIdOf(...right)).toBe(isSame);
      }),
    );
  });

  it("keeps its id when it is moved", () => {
    fc.assert(
      fc.property(segment, (each) => {
        fc.pre(each.moved !== undefined);
        expect(messageIdAt(each, 0)).toBe(each.moved?.messageId);
      }),
    );
  });
});

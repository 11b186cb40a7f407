import { describe, expect, it } from "vitest";
import { type ReadySegment, ReadySegments } from "#engine/readySegments.ts";
import { Room } from "#engine/room.ts";
import { sortableTime } from "#engine/sortableTime.ts";
import { stillHeld } from "../../support/stillHeld.ts";

const nowMs = 1_800_000_000_000;

function sentAt(startsAtMs: number, order = 0): ReadySegment {
  return {
    segment: {
      key: { pk: "q.0.0", sk: `${sortableTime(startsAtMs)}${String(order).padStart(3, "0")}` },
      startsAtMs,
      delayMs: 0,
      slots: [{ kind: "fresh" }],
      contents: { kind: "inline", payload: Buffer.from("a") },
      expiresAtSeconds: 2_000_000_000,
    },
    contents: undefined,
    contentBytes: 0,
  };
}

/** A look that sees these, and is told of the others while it is on its way. */
async function looked(
  seen: readonly ReadySegment[],
  meanwhile: readonly ReadySegment[],
  room = new Room(Infinity),
) {
  const ready = new ReadySegments(room);
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = ready.look(async () => {
    await promise;
    const lastKey = seen.at(-1)?.segment.key.sk ?? "";
    return { segments: seen, lastKey, isComplete: true, nextDelayedMs: Infinity };
  });
  for (const each of meanwhile) ready.add(each);
  resolve();
  await look;
  return ready;
}

describe("what is next in line", () => {
  it("goes on with what was sent while it was looked up", async () => {
    const [first, second] = [sentAt(nowMs), sentAt(nowMs, 1)];

    const ready = await looked([first], [second]);

    expect(ready.first()).toBe(first);
    ready.shift();
    expect(ready.first()).toBe(second);
    ready.shift();
    expect(ready.isEmpty(nowMs)).toBe(true);
  });

  it("is not known when something was sent meanwhile whose key is not the last", async () => {
    const ready = await looked([sentAt(nowMs)], [sentAt(nowMs - 2)]);

    expect(ready.isUpToDate(nowMs)).toBe(false);
  });

  it("says how many wait for a look", async () => {
    const ready = new ReadySegments(new Room(Infinity));
    let lookers = 0;
    const read = async () => {
      await Promise.resolve();
      lookers = ready.lookers;
      return undefined;
    };

    await Promise.all([ready.look(read), ready.look(read), ready.look(read)]);

    expect([lookers, ready.lookers]).toEqual([3, 0]);
  });

  it("goes no further than a megabyte of contents", async () => {
    const ready = await looked([], []);
    const large = { contentBytes: 100_000 };

    for (let order = 0; order < 20; order += 1) ready.add({ ...sentAt(nowMs, order), ...large });
    const isEndKnown = ready.nextDelayedMs !== undefined;
    let known = 0;
    for (; ready.first() !== undefined; ready.shift()) known += 1;

    expect({ known, isEndKnown }).toEqual({ known: 11, isEndKnown: false });
  });

  it("goes no further when all lanes together have no room, and gives back what it took", async () => {
    const room = new Room(1000);
    const [busy, other] = [
      await looked([sentAt(nowMs), sentAt(nowMs, 1)], [], room),
      await looked([], [], room),
    ];
    const isOver = room.isOver;

    other.add(sentAt(nowMs));
    const isRefused = other.first() === undefined;
    busy.shift();
    busy.clear();

    expect({ isOver, isRefused }).toEqual({ isOver: true, isRefused: true });
    room.take(1000);
    expect(room.isOver).toBe(false);
  });

  it("lets go of what was taken, though there is always more", async () => {
    const ready = await looked([sentAt(nowMs)], []);
    const taken: WeakRef<object>[] = [];

    for (let sent = 1; sent <= 1000; sent += 1) {
      ready.add(sentAt(nowMs + sent));
      const first = ready.first();
      if (first !== undefined) taken.push(new WeakRef(first));
      ready.shift();
    }

    expect(taken).toHaveLength(1000);
    expect(await stillHeld(taken)).toBeLessThanOrEqual(2);
    expect(ready.first()).toBeDefined();
  });
});

import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SqsError } from "#contract/errors.ts";
import { receiptHandleCharactersMax } from "#contract/limits.ts";
import type { Queue } from "#engine/queue.ts";
import { defaultSettings } from "#engine/queueSettings.ts";
import {
  type ReceiptHandle,
  receiptHandleOf,
  segmentKeyOf,
  writeReceiptHandle,
} from "#engine/receiptHandle.ts";
import { lanePartition } from "#engine/segment.ts";
import { latestMs, sortableTime } from "#engine/sortableTime.ts";

const time = fc.integer({ min: 0, max: latestMs });
const handles: fc.Arbitrary<ReceiptHandle> = fc
  .record({
    queueId: fc.stringMatching(/^[0-9a-z]{1,13}$/),
    epoch: fc.nat(1_000_000),
    lane: fc.nat(2000),
    sk: fc.oneof(
      fc.stringMatching(/^[0-9a-z]{25}$/),
      // A FIFO queue's key holds a message group id.
      fc.stringMatching(/^[!-~]{1,128}$/),
    ),
    slot: fc.nat(31),
    size: fc.integer({ min: 32, max: 1000 }),
    receivedAtMs: time,
    received: fc.record({
      token: fc.stringMatching(/^[0-9a-z]{6}$/),
      firstReceivedAtMs: time,
      receiveCount: fc.integer({ min: 1, max: 1_000_000 }),
    }),
    chunks: fc.constantFrom(
      { hasChunks: false },
      { hasChunks: true },
      { hasChunks: true, ownChunks: { count: 1, time: "" } },
      { hasChunks: true, ownChunks: { count: 25, time: sortableTime(1_800_000_000_000) } },
    ),
    groupSequence: fc.option(fc.nat(), { nil: undefined }),
  })
  .map(({ groupSequence, chunks, ...rest }) => ({
    ...rest,
    ...chunks,
    ...(groupSequence !== undefined && { groupSequence }),
  }));

/** A handle of these parts, with the checksum that belongs to them. */
function forged(parts: readonly string[]): string {
  const text = parts.join(".");
  return Buffer.from(`${text}.${crc32(text).toString(36)}`).toString("base64url");
}

function queueWith(id: string): Queue {
  return {
    account: "111122223333",
    name: "queue",
    region: "us-east-1",
    id,
    epoch: 0,
    lanes: 1,
    createdAtMs: 0,
    modifiedAtMs: 0,
    settings: defaultSettings(false),
    tags: new Map(),
  };
}

function errorOf(handle: string, queue = queueWith("q")): string | undefined {
  try {
    receiptHandleOf(queue, handle);
    return undefined;
  } catch (error) {
    return error instanceof SqsError ? error.error : String(error);
  }
}

describe("a receipt handle", () => {
  it("gives back whatever was written, in characters that need no escaping", () => {
    fc.assert(
      fc.property(handles, (handle) => {
        const text = writeReceiptHandle(handle);

        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(text.length).toBeLessThanOrEqual(receiptHandleCharactersMax);
        expect(receiptHandleOf(queueWith(handle.queueId), text)).toEqual(handle);
      }),
    );
  });

  it("leads to the key of its segment", () => {
    fc.assert(
      fc.property(handles, (handle) => {
        expect(segmentKeyOf(handle)).toEqual({ pk: lanePartition(handle), sk: handle.sk });
      }),
    );
  });

  it("is refused by any other queue", () => {
    fc.assert(
      fc.property(handles, (handle) => {
        const other = queueWith(`${handle.queueId}0`);

        expect(errorOf(writeReceiptHandle(handle), other)).toBe("ReceiptHandleIsInvalid");
      }),
    );
  });

  it("is refused when a character was changed, left out or added", () => {
    const edits = fc.tuple(
      handles,
      fc.nat(),
      fc.constantFrom("A", "z", "5", "_", ""),
      fc.boolean(),
    );
    fc.assert(
      fc.property(edits, ([handle, position, character, isAdded]) => {
        const text = writeReceiptHandle(handle);
        const at = position % text.length;
        const edited = text.slice(0, at) + character + text.slice(isAdded ? at : at + 1);
        fc.pre(decoded(edited) !== decoded(text));

        expect(errorOf(edited, queueWith(handle.queueId))).toBe("ReceiptHandleIsInvalid");
      }),
    );
  });

  it("is refused when it is any other text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (text) => {
        expect(errorOf(text)).toBe("ReceiptHandleIsInvalid");
      }),
    );
  });

  it("is refused when it says what no handle says, though its checksum is right", () => {
    const sound = ["q", "0", "0", "key", "0", "1", "012345", "1", "1", "1", "0", ""];
    const broken: readonly (readonly [part: number, text: string])[] = [
      [1, "-1"],
      [2, ""],
      [3, ""],
      [3, "k".repeat(300)],
      [4, "-1"],
      [4, "1"],
      [5, "0"],
      [5, "zzzzz"],
      [6, ""],
      [6, "01234"],
      [6, "......"],
      [7, "zzzzzzzzzzzzzzz"],
      [8, "!"],
      [9, ""],
      [10, "r"],
      [10, "20"],
      [10, `2${"~".repeat(9)}`],
      [11, "!"],
    ];
    const errors = broken.map(([part, text]) => errorOf(forged(sound.with(part, text))));

    expect(errorOf(forged(sound))).toBeUndefined();
    expect(errors).toEqual(broken.map(() => "ReceiptHandleIsInvalid"));
    expect(errorOf(forged(sound.slice(1)))).toBe("ReceiptHandleIsInvalid");
    expect(errorOf(forged([...sound, "0"]))).toBe("ReceiptHandleIsInvalid");
  });
});

function decoded(text: string): string {
  return Buffer.from(text, "base64url").toString("latin1");
}

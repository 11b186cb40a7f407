import { describe, expect, it } from "vitest";
import { bodiesOf } from "../../bench/bodies.ts";
import { Ledger } from "../../bench/ledger.ts";
import type { Delivery } from "../../bench/queueClient.ts";

const bodyOf = bodiesOf(100);

interface Receive {
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly messageId?: string;
  readonly receiveCount?: number;
  readonly number?: number;
  readonly place?: Delivery["place"];
}

/** The account of one message that was sent, with a visibility timeout of a second. */
function accountOf(receives: readonly Receive[], deletedMs?: number) {
  const ledger = new Ledger();
  ledger.sends(7);
  ledger.hasSent(7);
  if (deletedMs !== undefined) ledger.hasDeleted(bodyOf(7), deletedMs);
  for (const [index, receive] of receives.entries()) {
    const { startedMs, endedMs = startedMs, messageId = "m", number = 7 } = receive;
    const { receiveCount = index + 1, place } = receive;
    const delivery = { body: bodyOf(number), messageId, receiveCount, receiptHandle: "" };
    ledger.hasReceived(
      { ...delivery, ...(place && { place }) },
      { startedMs, endedMs, visibilityTimeoutMs: 1000 },
    );
  }
  const { sent, received, deleted, ...wrong } = ledger.account();
  return wrong;
}

const placed = (group: string, sequenceNumber: string, startedMs: number) => ({
  startedMs,
  place: { group, sequenceNumber },
});

const nothing = {
  lost: 0,
  doubled: 0,
  overlapping: 0,
  undead: 0,
  miscounted: 0,
  outOfOrder: 0,
  invented: 0,
};

describe("the ledger of a load", () => {
  it.each([
    ["a message that never came", accountOf([]), { lost: 1 }],
    ["one receive", accountOf([{ startedMs: 0 }]), {}],
    ["a receive at the end of the timeout", accountOf([{ startedMs: 0 }, { startedMs: 1000 }]), {}],
    ["one before it", accountOf([{ startedMs: 0 }, { startedMs: 999 }]), { overlapping: 1 }],
    [
      "one that may have been after it",
      accountOf([{ startedMs: 0 }, { startedMs: 999, endedMs: 1001 }]),
      {},
    ],
    [
      "an overlap whose answers came in the other order",
      accountOf([
        { startedMs: 20, endedMs: 30 },
        { startedMs: 10, endedMs: 40 },
      ]),
      { overlapping: 1 },
    ],
    ["a receive of what was deleted", accountOf([{ startedMs: 6 }], 5), { undead: 1 }],
    ["one that a delete overtook", accountOf([{ startedMs: 5, endedMs: 9 }], 5), {}],
    [
      "two ids for one send",
      accountOf([{ startedMs: 0 }, { startedMs: 1000, messageId: "other" }]),
      { doubled: 1 },
    ],
    [
      "one claim won twice",
      accountOf([{ startedMs: 0 }, { startedMs: 1000, receiveCount: 1 }]),
      { miscounted: 1 },
    ],
    [
      "what nobody sent",
      accountOf([{ startedMs: 0 }, { startedMs: 0, number: 8 }]),
      { invented: 1 },
    ],
    [
      "an earlier one of its group behind a later one",
      accountOf([placed("g", "10", 0), placed("g", "9", 1000)]),
      { outOfOrder: 1 },
    ],
    ["an earlier one of another", accountOf([placed("g", "10", 0), placed("h", "9", 1000)]), {}],
  ])("says of %s what is wrong", (_story, account, wrong) => {
    expect(account).toEqual({ ...nothing, ...wrong });
  });
});

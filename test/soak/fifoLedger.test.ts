import { describe, expect, it } from "vitest";
import { FifoLedger, nothingWrong, type Receipt } from "./fifoLedger.ts";

/** A ledger of two messages of one group, sent one after the other, with timeouts of a second. */
class Story {
  readonly ledger = new FifoLedger({ visibilityTimeoutMs: 1000 });

  constructor() {
    this.sends("a", { sequence: 1n });
    this.sends("b", { sequence: 2n });
  }

  sends(name: string, { group = "g", messageId = `id of ${name}`, sequence = 1n } = {}): void {
    this.ledger.sends(name, group);
    this.ledger.hasSent(name, { messageId, sequence });
  }

  /** Receives some in one call. */
  receives(
    receipts: readonly Receipt[],
    { startedMs = 0, endedMs = startedMs }: { startedMs?: number; endedMs?: number } = {},
  ): void {
    this.ledger.hasReceived(this.ledger.beginsReceive(startedMs), receipts, endedMs);
  }

  deletes(receipt: Receipt): void {
    this.ledger.asksToDelete(receipt);
    this.ledger.hasDeleted(receipt);
  }
}

const a: Receipt = {
  name: "a",
  group: "g",
  messageId: "id of a",
  sequence: 1n,
  receiveCount: 1,
  handle: "first of a",
};
const b: Receipt = { ...a, name: "b", messageId: "id of b", sequence: 2n, handle: "first of b" };
const aAgain: Receipt = { ...a, receiveCount: 2, handle: "second of a" };

const stories: Readonly<Record<string, (story: Story) => void>> = {
  "both in one answer": (story) => story.receives([a, b]),
  "the second when the first is deleted": (story) => {
    story.receives([a]);
    story.deletes(a);
    story.receives([b]);
  },
  "the second when the first may be deleted": (story) => {
    story.receives([a]);
    story.ledger.asksToDelete(a);
    story.receives([b]);
  },
  "the second of two that nobody was told the order of": (story) => {
    story.ledger.sends("c", "g");
    const call = story.ledger.beginsReceive(0);
    story.ledger.hasSent("c", { messageId: "id of c", sequence: 3n });
    story.sends("d", { sequence: 4n });
    story.deletes(a);
    story.deletes(b);
    const d = { ...a, name: "d", messageId: "id of d", sequence: 4n, handle: "d" };
    story.ledger.hasReceived(call, [d], 0);
  },
  "the first again when its timeout is over": (story) => {
    story.receives([a]);
    story.receives([aAgain], { startedMs: 1000 });
  },
  "the first again when that may have been so": (story) => {
    story.receives([a]);
    story.receives([aAgain], { startedMs: 900, endedMs: 1000 });
  },
  "the first again, answered before the first answer": (story) => {
    story.receives([aAgain], { startedMs: 1000, endedMs: 1010 });
    story.receives([a], { startedMs: 0, endedMs: 2000 });
  },
  "the first again when it was handed back": (story) => {
    story.receives([a]);
    story.ledger.handsBack(a);
    story.receives([aAgain], { startedMs: 1 });
  },
  "a repetition that was answered as the first": (story) => story.sends("a"),
  "a receive that a delete overtook": (story) => {
    const call = story.ledger.beginsReceive(0);
    story.deletes(a);
    story.ledger.hasReceived(call, [a], 0);
  },
};

const wrongs: readonly (readonly [string, (story: Story) => void, object])[] = [
  ["the second before the first", (story) => story.receives([b]), { outOfOrder: 1 }],
  ["both, the wrong way round", (story) => story.receives([b, a]), { outOfOrder: 1 }],
  [
    "the second while the first is held",
    (story) => {
      story.receives([a]);
      story.receives([b]);
    },
    { outOfOrder: 1 },
  ],
  [
    "the second when a delete of the first was refused",
    (story) => {
      story.ledger.asksToDelete(a);
      story.ledger.hasNotDeleted(a);
      story.receives([b]);
    },
    { outOfOrder: 1 },
  ],
  [
    "a number below one that was answered before",
    (story) => story.sends("c", { sequence: 2n }),
    { outOfOrder: 1 },
  ],
  [
    "the first again within its timeout",
    (story) => {
      story.receives([a]);
      story.receives([aAgain], { startedMs: 1, endedMs: 999 });
    },
    { overlapping: 1 },
  ],
  [
    "the same, answered in the other order",
    (story) => {
      story.receives([aAgain], { startedMs: 20, endedMs: 30 });
      story.receives([a], { startedMs: 10, endedMs: 40 });
    },
    { overlapping: 1 },
  ],
  [
    "the first again within a timeout that was begun anew",
    (story) => {
      story.receives([a]);
      story.ledger.hasKept(a, 900);
      story.receives([aAgain], { startedMs: 1000, endedMs: 1899 });
    },
    { overlapping: 1 },
  ],
  [
    "one that had another handed it back",
    (story) => {
      story.receives([a]);
      story.receives([aAgain], { startedMs: 1000 });
      story.ledger.handsBack(a);
      story.receives([{ ...a, receiveCount: 3, handle: "third" }], { startedMs: 1999 });
    },
    { overlapping: 1 },
  ],
  [
    "a repetition under another id",
    (story) => story.sends("a", { messageId: "other" }),
    { doubled: 1 },
  ],
  [
    "a message under the number of another",
    (story) => story.receives([{ ...a, sequence: 0n }]),
    { doubled: 1 },
  ],
  [
    "a message that was taken for another",
    (story) => story.sends("c", { messageId: "id of a" }),
    { merged: 1 },
  ],
  [
    "a message of another group",
    (story) => story.receives([{ ...a, group: "h" }]),
    { misplaced: 1 },
  ],
  [
    "one claim that two won",
    (story) => {
      story.receives([a]);
      story.receives([{ ...aAgain, receiveCount: 1 }], { startedMs: 1000 });
    },
    { miscounted: 1 },
  ],
  [
    "a message that was deleted before",
    (story) => {
      story.deletes(a);
      story.receives([a]);
    },
    { undead: 1 },
  ],
  ["a message that nobody sent", (story) => story.receives([{ ...a, name: "c" }]), { invented: 1 }],
];

describe("the ledger of a FIFO load", () => {
  it.each(Object.entries(stories))("finds nothing wrong with %s", (_name, tell) => {
    const story = new Story();

    tell(story);

    expect(story.ledger.account()).toMatchObject(nothingWrong);
  });

  it.each(wrongs)("says what is wrong with %s", (_name, tell, wrong) => {
    const story = new Story();

    tell(story);

    expect(story.ledger.account()).toMatchObject({ ...nothingWrong, ...wrong });
  });

  it("says how many were deleted, how many perhaps, and how many never", () => {
    const story = new Story();
    story.sends("c", { sequence: 3n });
    story.receives([a, b]);
    story.deletes(a);
    story.ledger.asksToDelete(b);

    expect(story.ledger.owed).toBe(1);
    expect(story.ledger.account()).toMatchObject({
      sent: 3,
      deleted: 1,
      perhapsDeleted: 1,
      lost: 1,
    });
  });
});

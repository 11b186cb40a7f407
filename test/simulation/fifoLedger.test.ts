import { beforeEach, describe, expect, it } from "vitest";
import { FifoLedger, type Letter } from "./fifoLedger.ts";

const first: Letter = { deduplicationId: "first", groupId: "g", body: "first", sender: "s" };
const second: Letter = { ...first, deduplicationId: "second", body: "second" };

/** A ledger of a queue that was purged, or deleted and made anew, when the story began. */
class Story {
  readonly purgedAtMs = new Map<string, number>();
  /** Moved to the dead-letter queue after their queue had been deleted and made anew. */
  readonly saved = new Set<string>();
  readonly moved = new Set<string>();
  readonly ledger = new FifoLedger({
    clockErrorMs: 0,
    purgedAtMs: (id) => this.purgedAtMs.get(id),
    sentTo: (id) => (this.saved.has(id) ? "before" : "now"),
    hasMoved: (id) => this.moved.has(id),
    lastEndMs: () => 0,
    originOf: () => undefined,
  });

  sends(letter: Letter, id: string, nowMs = 100): void {
    this.ledger.asksToSend(letter);
    this.ledger.hasSent(letter, id, { askedAtMs: nowMs, nowMs });
  }

  /** In vain, as far as its sender is told. */
  failsToSend(letter: Letter): void {
    this.ledger.asksToSend(letter);
    this.ledger.hasNoAnswer([letter]);
  }

  receives({ body, groupId }: Letter, id: string): void {
    this.ledger.hasReceived(
      {
        MessageId: id,
        Body: body,
        ReceiptHandle: "handle",
        Attributes: new Map([["MessageGroupId", groupId]]),
      },
      { queue: "source", beganAtMs: 200 },
      (held) => held !== "id of before",
    );
  }
}

describe("the ledger of FIFO queues", () => {
  let story: Story;

  beforeEach(() => {
    story = new Story();
  });

  it("finds a message that is received before what was sent before it", () => {
    story.sends(first, "id of first");
    story.failsToSend(second);
    story.sends(second, "id of second");

    story.receives(second, "id of second");

    expect(story.ledger.violations).toEqual(["second overtook first"]);
  });

  it("finds one whose sender was answered each time, where its queue was before and where it is now", () => {
    story.sends(second, "id of before");
    story.sends(first, "id of first");
    story.sends(second, "id of now");

    story.receives(second, "id of now");

    expect(story.ledger.violations).toEqual(["second overtook first"]);
  });

  it("believes one that a sending without an answer may have stored before", () => {
    story.failsToSend(second);
    story.sends(second, "id of before");
    story.sends(first, "id of first");
    story.sends(second, "id of now");

    story.receives(second, "id of now");

    expect(story.ledger.violations).toEqual([]);
  });

  it("finds that one before what was sent before that sending", () => {
    story.sends(first, "id of first");
    story.failsToSend(second);
    story.sends(second, "id of before");
    story.sends(second, "id of now");

    story.receives(second, "id of now");

    expect(story.ledger.violations).toEqual(["second overtook first"]);
  });

  it("knows no order between what was sent to a queue and what was sent to the one before", () => {
    story.sends(first, "id of first");
    story.sends(second, "id of second");
    story.saved.add("id of first");

    story.receives(second, "id of second");

    expect(story.ledger.violations).toEqual([]);
  });

  it("finds the order broken of what was saved together", () => {
    story.sends(first, "id of first");
    story.sends(second, "id of second");
    story.saved.add("id of first").add("id of second");

    story.receives(second, "id of second");

    expect(story.ledger.violations).toEqual(["second overtook first"]);
  });

  it("finds a message that its queue knows by its deduplication id long after a purge", () => {
    story.purgedAtMs.set("id of first", 0);

    story.sends(first, "id of first", 60_000);

    expect(story.ledger.violations).toEqual(["first is id of first, which was purged long before"]);
  });

  it("believes that its queue knows one that was purged in the dead-letter queue", () => {
    story.purgedAtMs.set("id of first", 0);
    story.moved.add("id of first");

    story.sends(first, "id of first", 60_000);

    expect(story.ledger.violations).toEqual([]);
  });
});

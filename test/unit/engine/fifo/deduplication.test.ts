import { describe, expect, it } from "vitest";
import { answerToDuplicate, deduplicationKey, takeId } from "#engine/fifo/deduplication.ts";
import { MemoryTable } from "../../../support/memoryTable.ts";
import { aFifoQueue, nowMs } from "./fifoFixture.ts";

const fifo = {
  contentBasedDeduplication: false,
  deduplicationScope: "queue",
  throughputLimit: "perQueue",
} as const;
const byQueue = aFifoQueue({ fifo });
const byGroup = aFifoQueue({ fifo: { ...fifo, deduplicationScope: "messageGroup" } });
const key = deduplicationKey(byQueue, "g", "id");
const record = { acceptedAtMs: nowMs, idDigits: "0123456789abcdef", sequence: 7 };

describe("the key of a deduplication id", () => {
  it("is the same for all groups, unless they are the scope", () => {
    expect(deduplicationKey(byQueue, "a", "id")).toEqual(deduplicationKey(byQueue, "b", "id"));
    expect(deduplicationKey(byGroup, "a", "id")).not.toEqual(deduplicationKey(byGroup, "b", "id"));
  });

  it("does not take one group's id for another's", () => {
    expect(deduplicationKey(byGroup, "a", "bc")).not.toEqual(deduplicationKey(byGroup, "ab", "c"));
  });

  it("is another after a purge, and in another queue", () => {
    expect(deduplicationKey({ ...byQueue, epoch: 1 }, "g", "id")).not.toEqual(key);
    expect(deduplicationKey({ ...byQueue, id: "other" }, "g", "id")).not.toEqual(key);
  });
});

describe("a deduplication id", () => {
  it.each([
    ["is taken at once", 0, true],
    ["is taken to the end of its five minutes", 299_999, true],
    ["is free after them", 300_000, false],
    ["is taken while the clock is behind", -5000, true],
  ])("%s", async (_story, passedMs, isTaken) => {
    const table = new MemoryTable();
    await table.write(takeId(key, record, undefined));

    const answer = answerToDuplicate(await table.get(key), nowMs + passedMs);

    expect(answer).toEqual(
      isTaken ? { messageId: "019b76da-a800-7012-8345-6789abcdef00", sequence: 7 } : undefined,
    );
  });

  it("is taken by one of two who saw it free", async () => {
    const table = new MemoryTable();

    const first = await table.write(takeId(key, record, undefined));
    const second = await table.write(
      takeId(key, { ...record, idDigits: "f".repeat(16) }, undefined),
    );

    expect([first.outcome, second.outcome]).toEqual(["written", "conditionFailed"]);
  });

  it("is taken by one of two who saw it over, even at the same moment", async () => {
    const table = new MemoryTable();
    await table.write(takeId(key, record, undefined));
    const over = await table.get(key);
    const later = { ...record, acceptedAtMs: nowMs + 300_000 };

    const first = await table.write(takeId(key, { ...later, idDigits: "e".repeat(16) }, over));
    const second = await table.write(takeId(key, { ...later, idDigits: "f".repeat(16) }, over));

    expect([first.outcome, second.outcome]).toEqual(["written", "conditionFailed"]);
  });

  it("is not known from an item that says nothing of it", () => {
    expect(answerToDuplicate(undefined, nowMs)).toBeUndefined();
    expect(answerToDuplicate({ ...key, a: nowMs }, nowMs)).toBeUndefined();
  });
});

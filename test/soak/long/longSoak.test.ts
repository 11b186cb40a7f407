import { describe, expect, it } from "vitest";
import { heldBeyond } from "../../support/probedMillrace.ts";
import { flatnessOf } from "./flatness.ts";
import { emptyFileBytesMax, runLongSoak } from "./longSoak.ts";
import { noFaults, type SoakDelivery, type SoakFaults, SoakLedger } from "./soakLedger.ts";

const megabyte = 2 ** 20;

/** The short form of `npm run soak`, without what only an hour can tell. */
describe("a server on disk under everything at once", () => {
  const why = process.platform === "linux" ? undefined : "what a server holds is read from /proc";

  it("loses and keeps nothing, and gives the space of a backlog back", async ({ skip }) => {
    skip(why !== undefined, why);

    const soak = await runLongSoak({
      seconds: 8,
      looks: 8,
      freshServers: 1,
      tides: { count: 1, bytes: 96 * megabyte },
      seed: Date.now() % 1_000_000,
      progress: () => undefined,
    });

    const { faults, left, idle, fileBytes } = soak;
    expect({ faults, left }).toEqual({ faults: noFaults, left: 0 });
    expect(soak.deleted).toBeGreaterThan(1000);
    expect(heldBeyond(idle.before, idle.after)).toEqual({});
    expect(Math.max(...fileBytes.atHighTides)).toBeGreaterThan(emptyFileBytesMax);
    expect(fileBytes.after).toBeLessThanOrEqual(emptyFileBytesMax);
  }, 400_000);
});

describe("flatnessOf", () => {
  const bound = { ratio: 1.2, slack: 1 };
  const flatness = (values: readonly number[]) =>
    flatnessOf({ name: "MB", by: "median", bound, values }, 3600);
  const hour = Array.from({ length: 60 }, (_, minute) => minute);

  it("takes what goes up and down for flat", () => {
    const result = flatness(hour.map((minute) => 100 + 30 * (minute % 3)));

    expect(result).toMatchObject({ isFlat: true, ratio: 1 });
  });

  it("does not take what grows for flat, and says by how much", () => {
    const result = flatness(hour.map((minute) => 100 + minute));

    expect(result).toMatchObject({ isFlat: false, first: 107, last: 152 });
    expect(result.slopePerHour).toBeCloseTo(60);
  });

  it("says that nothing is flat of which nothing is known", () => {
    expect(flatness(hour.map(() => Number.NaN)).isFlat).toBe(false);
  });
});

describe("the ledger of a long soak", () => {
  const receive = (number: number, more: Partial<SoakDelivery> = {}): SoakDelivery => ({
    body: `{"order":${number},`,
    messageId: `id ${number}`,
    receiptHandle: "",
    receiveCount: 1,
    groupId: undefined,
    ...more,
  });
  const at = (ms: number) => ({ startedMs: ms, endedMs: ms, visibilityTimeoutMs: 1000 });

  /** Two messages that were sent, of one group if they have any. */
  function ledgerOfTwo(groupId?: string): SoakLedger {
    const ledger = new SoakLedger();
    for (const nowMs of [0, 1]) ledger.deal({ nowMs, ...(groupId !== undefined && { groupId }) });
    return ledger;
  }

  it("finds nothing wrong with what is given back, comes again and is deleted", () => {
    const ledger = ledgerOfTwo();
    const { body } = receive(0);

    const tookMs = ledger.received([receive(0)], at(5));
    ledger.hides(body, 10);
    ledger.received([receive(0, { receiveCount: 2 })], at(10));
    ledger.deletes(body);
    ledger.hasDeleted(body);

    expect(tookMs).toEqual([5]);
    expect(ledger.faults).toEqual(noFaults);
    expect(ledger).toMatchObject({ deleted: 1, open: 1 });
  });

  it.each<[keyof SoakFaults, readonly SoakDelivery[]]>([
    ["overlapping", [receive(0), receive(0, { receiveCount: 2 })]],
    ["doubled", [receive(0), receive(0, { messageId: "another", receiveCount: 2 })]],
    ["miscounted", [receive(0, { receiveCount: 2 })]],
    ["invented", [receive(2)]],
    ["outOfOrder", [receive(1, { groupId: "g" })]],
  ])("finds what is %s", (fault, deliveries) => {
    const ledger = ledgerOfTwo("g");

    for (const delivery of deliveries) ledger.received([delivery], at(5));

    expect(ledger.faults[fault]).toBe(1);
  });

  it("finds what comes back after its delete", () => {
    const ledger = ledgerOfTwo();
    ledger.received([receive(0)], at(5));
    ledger.deletes(receive(0).body);
    ledger.hasDeleted(receive(0).body);

    ledger.received([receive(0, { receiveCount: 2 })], at(2000));

    expect(ledger.faults).toEqual({ ...noFaults, undead: 1 });
  });
});

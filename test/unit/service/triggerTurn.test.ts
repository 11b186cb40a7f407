import { beforeEach, describe, expect, it } from "vitest";
import { TriggerTurn } from "#service/triggerTurn.ts";
import type { Table } from "#table/table.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { type Fault, FaultyTable } from "../../support/faultyTable.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const random = new SeededRandom(1);

let table: MemoryTable;
let clock: FakeClock;
let losses: number;

beforeEach(() => {
  table = new MemoryTable();
  clock = new FakeClock();
  losses = 0;
});

function aTurn({ name = "orders", over = table as Table } = {}): TriggerTurn {
  return new TriggerTurn({
    table: over,
    clock,
    random,
    log: silent,
    account: "000000000000",
    triggerName: name,
    onLost: () => {
      losses += 1;
    },
  });
}

/** The table, whose writes of that kind have a fault. */
function withFault(kind: string, fault: Fault): FaultyTable {
  return new FaultyTable(table, ({ writes }) => ({
    fault: writes[0]?.kind === kind ? fault : undefined,
  }));
}

describe("the turn of a trigger", () => {
  it("is had by one at a time", async () => {
    const [first, second] = [aTurn(), aTurn()];

    expect(await first.take()).toBe(true);
    expect(await second.take()).toBe(false);
    await first.end();

    expect(await aTurn().take()).toBe(true);
  });

  it("is another for another trigger", async () => {
    await aTurn().take();

    expect(await aTurn({ name: "refunds" }).take()).toBe(true);
  });

  it("lasts for as long as its holder lives", async () => {
    const first = aTurn();
    await first.take();
    await clock.advance(900_000);

    expect(await aTurn().take()).toBe(false);
    await first.end();
    expect(clock.pending).toBe(0);
  });

  it("is free a minute after its holder died", async () => {
    const dying = aTurn({ over: withFault("patch", "lostRequest") });
    await dying.take();

    await clock.advance(59_000);
    const early = await aTurn().take();
    await clock.advance(1000);
    const late = await aTurn().take();

    expect([early, late]).toEqual([false, true]);
    // It could not renew, and has said so before somebody else came.
    expect(losses).toBe(1);
  });

  it("is over for a holder whose renewal is not answered in time", async () => {
    const slow = new FaultyTable(table, ({ writes }) => ({
      ...(writes[0]?.kind === "patch" && { before: () => new Promise(() => undefined) }),
    }));
    await aTurn({ over: slow }).take();

    await clock.advance(59_999);
    const before = losses;
    await clock.advance(1);

    expect([before, losses]).toEqual([0, 1]);
  });

  it("is had by one of two who come to a dead one's at once", async () => {
    const dead = aTurn({ over: withFault("patch", "lostRequest") });
    await dead.take();
    await clock.advance(61_000);

    const taken = await Promise.all([aTurn().take(), aTurn().take(), aTurn().take()]);

    expect(taken.filter((isTaken) => isTaken)).toHaveLength(1);
  });

  it.each([
    ["insert", "is free"],
    ["patch", "was a dead one's"],
  ])("is had by one whose %s was sent twice, where it %s", async (kind) => {
    if (kind === "patch") await aTurn({ over: withFault("patch", "lostRequest") }).take();
    await clock.advance(61_000);
    const turn = aTurn({ over: withFault(kind, "sentTwice") });

    expect(await turn.take()).toBe(true);
    expect(await aTurn().take()).toBe(false);
    await turn.end();
    expect(await aTurn().take()).toBe(true);
  });

  it.each([
    ["insert", "is free"],
    ["patch", "was a dead one's"],
  ])("does not stay taken by one whose %s was made unheard, where it %s", async (kind) => {
    if (kind === "patch") await aTurn({ over: withFault("patch", "lostRequest") }).take();
    await clock.advance(61_000);
    const turn = aTurn({ over: withFault(kind, "lostAnswer") });

    await expect(turn.take()).rejects.toThrow("the answer was lost");
    const meanwhile = await aTurn().take();
    await turn.end();

    expect([meanwhile, await aTurn().take()]).toEqual([false, true]);
  });

  it("costs one who has not had it no write to end", async () => {
    const kinds: string[] = [];
    const counted = new FaultyTable(table, ({ writes }) => {
      kinds.push(...writes.map(({ kind }) => kind));
      return {};
    });
    await aTurn().take();
    const late = aTurn({ over: counted });
    await late.take();

    await late.end();

    expect(kinds).toEqual(["insert"]);
  });

  it("is not ended by one who has lost it", async () => {
    const slow = aTurn({ over: withFault("patch", "lostRequest") });
    await slow.take();
    await clock.advance(61_000);
    await aTurn().take();

    await slow.end();

    expect(await aTurn().take()).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import type { Write } from "#table/table.ts";
import { FaultyTable } from "../../../support/faultyTable.ts";
import { MemoryTable } from "../../../support/memoryTable.ts";
import { FifoProcess, nowMs } from "./fifoFixture.ts";

/** A process whose next write that matches is on its way until `meanwhile` is done. */
async function aSlowProcess(
  table: MemoryTable,
  isSlow: (writes: readonly Write[]) => boolean,
  meanwhile: () => Promise<unknown>,
): Promise<FifoProcess> {
  let isDone = false;
  const slow = new FaultyTable(table, ({ writes }) => {
    if (isDone || !isSlow(writes)) return {};
    isDone = true;
    return { before: meanwhile };
  });
  return await new FifoProcess(slow, { seed: 2 }).open();
}

const isClaim = (writes: readonly Write[]) =>
  writes.some((write) => write.kind === "patch" && "s0" in write.set);
const isRefill = (writes: readonly Write[]) =>
  writes.some(({ kind }) => kind === "delete") && writes.length > 1;

describe("a claim that is slow", () => {
  it("takes nothing of a message that was received and deleted meanwhile", async () => {
    const table = new MemoryTable();
    const fast = await new FifoProcess(table).open();
    await fast.send("g", "m0", "m1");

    const slow = await aSlowProcess(table, isClaim, async () => {
      const [m0] = await fast.receive(1);
      await fast.delete(m0?.ReceiptHandle);
    });

    expect(await slow.receiveBodies(1)).toEqual(["m1"]);
  });

  it("takes nothing of a group that was emptied and made anew meanwhile", async () => {
    const table = new MemoryTable();
    const fast = await new FifoProcess(table).open();
    await fast.send("g", "old");

    const slow = await aSlowProcess(table, isClaim, async () => {
      const [old] = await fast.receive(1);
      await fast.delete(old?.ReceiptHandle);
      await fast.send("g", "new");
    });

    expect(await slow.receiveBodies(1)).toEqual(["new"]);
  });
});

describe("a move of a page that is slow", () => {
  it("brings nothing back that was received from it meanwhile", async () => {
    const table = new MemoryTable();
    const fast = await new FifoProcess(table).open();
    const bodies = Array.from({ length: 12 }, (_, index) => `m${index} ${"x".repeat(200)}`);
    await fast.send("g", ...bodies);
    const received: (string | undefined)[] = [];
    const receiveAll = async (process: FifoProcess) => {
      for (;;) {
        const messages = await process.receive(3);
        if (messages.length === 0) return;
        for (const { Body, ReceiptHandle } of messages) {
          received.push(Body);
          await process.delete(ReceiptHandle);
        }
      }
    };

    const slow = await aSlowProcess(table, isRefill, async () => {
      await receiveAll(fast);
      await fast.send("g", ...bodies.map((body) => `again ${body}`));
    });
    await receiveAll(slow);
    await receiveAll(fast);

    expect(received).toEqual([...bodies, ...bodies.map((body) => `again ${body}`)]);
    expect([...table.items()].filter(({ pk }) => pk.startsWith("abc"))).toEqual([]);
  });
});

describe("a process that dies between two writes", () => {
  it("leaves an empty group to the next receive, which deletes it", async () => {
    const table = new MemoryTable();
    const mortal = new FaultyTable(table, ({ writes }) =>
      writes.some(({ kind }) => kind === "delete") ? { fault: "lostRequest" } : {},
    );
    const process = await new FifoProcess(mortal).open();
    await process.send("g", "m0", "m1");
    const [m0, m1] = await process.receive(2);
    await process.delete(m0?.ReceiptHandle);
    await process.delete(m1?.ReceiptHandle).catch(() => undefined);
    const groups = () => [...table.items()].filter((item) => "t" in item);
    expect(groups()).toHaveLength(1);

    const next = await new FifoProcess(table, { seed: 3 }).open();

    expect(await next.receive()).toEqual([]);
    expect(groups()).toEqual([]);
  });
});

describe("a process that others overtake", () => {
  it("numbers and stores each message once, whoever sends to the group", async () => {
    const table = new MemoryTable();
    const processes = await Promise.all(
      [1, 2, 3].map((seed) => new FifoProcess(table, { seed, startMs: 1e12 + seed * 700 }).open()),
    );
    const bodies = Array.from({ length: 30 }, (_, index) => `m${index}`);

    await Promise.all(bodies.map((body, index) => processes[index % 3]?.send("g", body)));

    const received: (string | undefined)[] = [];
    const [reader] = processes;
    for (let receives = 0; receives < 30 && received.length < 30; receives += 1) {
      for (const { Body, ReceiptHandle } of (await reader?.receive()) ?? []) {
        received.push(Body);
        await reader?.delete(ReceiptHandle);
      }
    }
    expect(received.toSorted()).toEqual(bodies.toSorted());
  });

  it("keeps the page's messages when it claims from a group with an item that is bare", async () => {
    const table = new MemoryTable();
    const process = await new FifoProcess(table).open();
    const bodies = Array.from({ length: 9 }, (_, index) => `m${index} ${"x".repeat(300)}`);
    await process.send("g", ...bodies);

    const received: (string | undefined)[] = [];
    for (let receives = 0; receives < 9; receives += 1) {
      for (const { Body, ReceiptHandle } of await process.receive(1)) {
        received.push(Body);
        await process.delete(ReceiptHandle);
      }
    }

    expect(received).toEqual(bodies);
    expect([...table.items()].filter((item) => "t" in item || "c" in item)).toEqual([]);
  });
});

describe("a handle whose timeout is over", () => {
  it("is refused, not taken for one of an earlier message, when who sent had a faster clock", async () => {
    const table = new MemoryTable();
    const sender = await new FifoProcess(table, { startMs: nowMs + 900 }).open();
    const bodies = Array.from({ length: 20 }, (_, index) => `m${index} ${"x".repeat(200)}`);
    await sender.send("g", ...bodies);
    const receiver = await new FifoProcess(table, { seed: 2, startMs: nowMs - 900 }).open();
    const [first] = await receiver.receive(1, 1);
    receiver.pass(1100);

    await expect(receiver.delete(first?.ReceiptHandle)).rejects.toThrow("has expired");

    expect(await receiver.receiveBodies(1)).toEqual([first?.Body]);
  });
});

import { describe, expect, it } from "vitest";
import { gone, receivedAgain, type Slot, slotAttribute, writeSlot } from "#engine/slot.ts";
import { editSlots, type SlotEdit } from "#engine/slotEdits.ts";
import type { Item, Table } from "#table/table.ts";
import { type Fate, FaultyTable } from "../../support/faultyTable.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { Fates } from "./aQueue.ts";

const key = { pk: "queue.0.0", sk: "segment" };
const fresh: Slot = { kind: "fresh" };

function received(token: string, before: Slot = fresh): Slot & { readonly kind: "received" } {
  return receivedAgain(before, { token, nowMs: 1000, visibleAtMs: 31_000 });
}

const ours = received("000001");
const theirs = received("000002");

/** A table with one segment of these slots, and the fates that its calls will meet. */
async function aSegment(...slots: readonly Slot[]) {
  const memory = new MemoryTable();
  const texts = slots.flatMap((slot, index) => {
    const text = writeSlot(slot);
    return text === undefined ? [] : [[slotAttribute(index), text] as const];
  });
  await memory.write({ kind: "insert", item: { ...key, x: 99, ...Object.fromEntries(texts) } });
  const fates = new Fates();
  const size = slots.length;
  const table = new FaultyTable(memory, fates.take);
  return {
    memory,
    fates,
    edit: (...edits: readonly SlotEdit[]) => editOne(table, { key, size, edits }),
  };
}

async function editOne(table: Table, segment: Parameters<typeof editSlots>[1][number]) {
  const [result] = await editSlots(table, [segment]);
  if (result === undefined) throw new Error("expected a result");
  return result;
}

/** Claims a slot that was read as fresh, whatever it is by now. */
function claim(slot: number): SlotEdit {
  return {
    slot,
    expected: { kind: "exactly", slot: fresh },
    become: ours,
    otherwise: (found) => (found.kind === "gone" ? undefined : received("000001", found)),
  };
}

/** Deletes what the handle with that token leads to, whoever holds it now. */
function remove(slot: number, { token } = ours): SlotEdit {
  return { slot, expected: { kind: "token", token }, become: gone, otherwise: () => gone };
}

/** Somebody else writes the item while a call is on its way. */
function meanwhile(table: Table, set: Readonly<Record<string, Slot>>): Fate["before"] {
  const texts = Object.entries(set).map(([name, slot]) => [name, writeSlot(slot) ?? ""]);
  return () => table.write({ kind: "patch", key, set: Object.fromEntries(texts), when: [] });
}

function slotsIn(item: Item | undefined): readonly unknown[] | undefined {
  return item && Object.keys(item).flatMap((name) => (/^s\d/.test(name) ? [item[name]] : []));
}

describe("an edit of a slot", () => {
  it("writes what it should become, and says what that replaced", async () => {
    const { edit, memory } = await aSegment(fresh, fresh);

    const result = await edit(claim(1));

    expect(result).toMatchObject({ slots: [ours], replaced: [fresh], wasContended: false });
    expect(await memory.get(key)).toEqual({ ...key, x: 99, s1: writeSlot(ours) });
    expect(result.current).toEqual(await memory.get(key));
  });

  it("goes on from what it finds after a lost race, without a read", async () => {
    const { edit, fates, memory } = await aSegment(fresh);
    fates.next("write", { before: meanwhile(memory, { s0: theirs }) });

    const result = await edit(claim(0));

    const again = received("000001", theirs);
    expect(result).toMatchObject({ slots: [again], replaced: [theirs], wasContended: true });
    expect(fates.calls.map(({ kind }) => kind)).toEqual(["write", "write"]);
    expect(again.receiveCount).toBe(2);
  });

  it("gives up when it was told to, and says so", async () => {
    const { edit, fates, memory } = await aSegment(fresh);
    fates.next("write", { before: meanwhile(memory, { s0: theirs }) });

    const result = await edit({ ...claim(0), otherwise: () => undefined });

    expect(result).toMatchObject({ slots: [undefined], wasContended: true, isUndecided: false });
    expect(slotsIn(await memory.get(key))).toEqual([writeSlot(theirs)]);
  });

  it("gives up on an item that is gone, and does not bring it back", async () => {
    const { edit, fates, memory } = await aSegment(fresh);
    fates.next("write", { before: () => memory.write({ kind: "delete", key, when: [] }) });

    const result = await edit(claim(0));

    expect(result).toMatchObject({ slots: [undefined], current: undefined });
    expect(await memory.get(key)).toBeUndefined();
  });

  it("ends after so many lost races, undecided", async () => {
    const { edit, fates, memory } = await aSegment(fresh);
    for (let round = 0; round < 20; round += 1) {
      const token = String(10_000_000 + round);
      fates.next("write", { before: meanwhile(memory, { s0: received(token) }) });
    }

    const result = await edit(claim(0));

    expect(result).toMatchObject({ slots: [undefined], isUndecided: true });
    expect(fates.count("write")).toBe(6);
  });

  it("of one slot does not mind what becomes of the others", async () => {
    const { edit, fates, memory } = await aSegment(fresh, fresh);
    fates.next("write", { before: meanwhile(memory, { s1: theirs }) });

    const result = await edit(claim(0));

    expect(result).toMatchObject({ slots: [ours], wasContended: false });
    expect(fates.count("write")).toBe(1);
  });

  it("that lost its answer is recognised by what it left behind", async () => {
    const { edit, memory, fates } = await aSegment(fresh);
    const table: Table = new FaultyTable(memory, fates.take);
    const repeated: Table = {
      ...methodsOf(table),
      // The first answer was lost, and the second is about the work of the first.
      write: async (write) => {
        await memory.write(write);
        return { outcome: "conditionFailed", current: await memory.get(key) };
      },
    };

    const result = await editOne(repeated, { key, size: 1, edits: [claim(0)] });

    expect(result).toMatchObject({ slots: [ours], replaced: [fresh], wasContended: false });
    expect(await edit({ ...claim(0), otherwise: () => undefined })).toMatchObject({
      slots: [ours],
    });
  });
});

/** An object's methods as properties, so that one of them can be replaced. */
function methodsOf(table: Table): Table {
  return {
    traits: table.traits,
    blobs: table.blobs,
    get: (each) => table.get(each),
    getMany: (keys) => table.getMany(keys),
    query: (query) => table.query(query),
    write: (write) => table.write(write),
    writeMany: (writes) => table.writeMany(writes),
    transact: (writes) => table.transact(writes),
    close: () => table.close(),
  };
}

describe("a deletion", () => {
  it("of a segment's only slot deletes the item, in one write", async () => {
    const { edit, fates, memory } = await aSegment(ours);

    const result = await edit(remove(0));

    expect(result).toMatchObject({ slots: [gone], current: undefined, isDeleted: true });
    expect(fates.calls.flatMap(({ writes }) => writes)).toMatchObject([{ kind: "delete" }]);
    expect(await memory.get(key)).toBeUndefined();
  });

  it("of all slots in one call does so too", async () => {
    const { edit, fates, memory } = await aSegment(ours, theirs);

    const result = await edit(remove(0), remove(1, theirs));

    expect(result).toMatchObject({ slots: [gone, gone], isDeleted: true });
    expect(fates.count("write")).toBe(1);
    expect(await memory.get(key)).toBeUndefined();
  });

  it("of some leaves the others", async () => {
    const { edit, memory } = await aSegment(ours, fresh, theirs);

    const result = await edit(remove(0), remove(2, theirs));

    expect(result).toMatchObject({ slots: [gone, gone], isDeleted: false });
    expect(slotsIn(await memory.get(key))).toEqual([writeSlot(gone), writeSlot(gone)]);
  });

  it("of the last live slot deletes the item after it", async () => {
    const { edit, fates, memory } = await aSegment(gone, ours, gone);

    const result = await edit(remove(1));

    expect(result).toMatchObject({ slots: [gone], current: undefined, isDeleted: true });
    expect(fates.calls.flatMap(({ writes }) => writes)).toMatchObject([
      { kind: "patch" },
      { kind: "delete" },
    ]);
    expect(await memory.get(key)).toBeUndefined();
  });

  it("does not take a message along that was missed: the others' slots guard it", async () => {
    const { edit, memory } = await aSegment(gone, ours);

    await edit(remove(0), { ...remove(1, theirs), otherwise: () => undefined });

    expect(slotsIn(await memory.get(key))).toEqual([writeSlot(gone), writeSlot(ours)]);
  });

  it("goes by an older handle, too", async () => {
    const { edit, memory } = await aSegment(received("000002", ours));

    const result = await edit(remove(0, ours));

    expect(result).toMatchObject({ slots: [gone], isDeleted: true });
    expect(await memory.get(key)).toBeUndefined();
  });

  it("of what is gone already is fine, and nobody's deletion", async () => {
    const { edit, memory } = await aSegment(ours);
    await memory.write({ kind: "delete", key, when: [] });

    const result = await edit(remove(0));

    expect(result).toMatchObject({ slots: [gone], isDeleted: false, isUndecided: false });
    expect(await memory.get(key)).toBeUndefined();
  });

  it("that others finish first is theirs", async () => {
    const { edit, fates, memory } = await aSegment(gone, ours);
    fates.next("write", {});
    fates.next("write", { before: () => memory.write({ kind: "delete", key, when: [] }) });

    const result = await edit(remove(1));

    expect(result).toMatchObject({ slots: [gone], current: undefined, isDeleted: false });
  });

  it.each(["lostAnswer", "sentTwice"] as const)("that meets %s leaves nothing", async (fault) => {
    const { edit, fates, memory } = await aSegment(ours);
    fates.next("write", { fault });

    await edit(remove(0)).catch(() => edit(remove(0)));

    expect(await memory.get(key)).toBeUndefined();
  });
});

describe("edits of several segments", () => {
  it("share a round trip, 25 to one, and have each its own fate", async () => {
    const memory = new MemoryTable();
    const fates = new Fates();
    const table = new FaultyTable(memory, fates.take);
    const keys = Array.from({ length: 30 }, (_, index) => ({ pk: key.pk, sk: `${100 + index}` }));
    for (const each of keys.slice(1)) {
      await memory.write({ kind: "insert", item: { ...each, x: 99 } });
    }

    const results = await editSlots(
      table,
      keys.map((each) => ({ key: each, size: 1, edits: [claim(0)] })),
    );

    expect(results.map(({ slots }) => slots[0])).toEqual([
      undefined,
      ...keys.slice(1).map(() => ours),
    ]);
    expect(fates.count("writeMany")).toBe(2);
  });

  it("are none when there are none", async () => {
    expect(await editSlots(new MemoryTable(), [])).toEqual([]);
  });
});

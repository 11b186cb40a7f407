import { describe, expect, it } from "vitest";
import { GroupOutboxes } from "#engine/fifo/groupOutboxes.ts";
import type { Outgoing } from "#engine/fifo/outgoing.ts";

function anOutgoing(name: string, id = name): Outgoing {
  return {
    idKey: { pk: id, sk: "d" },
    content: { body: name, attributes: new Map(), senderId: "s" },
    contents: { kind: "inline", payload: new Uint8Array() },
    facts: { idDigits: name },
    expiredId: undefined,
    outcome: undefined,
  };
}

/** Sends for whoever asks, and writes down what went out together. */
function aSender(fail: (some: readonly Outgoing[]) => boolean = () => false) {
  const writes: string[][] = [];
  const sendTogether = async (some: readonly Outgoing[]) => {
    await new Promise((resolve) => setImmediate(resolve));
    writes.push(some.map(({ facts }) => facts.idDigits));
    if (fail(some)) throw new Error("the table is down");
    for (const message of some) {
      message.outcome = { kind: "stored", sent: { messageId: "", sequence: writes.length } };
    }
  };
  return { writes, sendTogether };
}

describe("an outbox of a group", () => {
  it("sends what waits for a group together, in order and not too much at once", async () => {
    const outboxes = new GroupOutboxes();
    const { writes, sendTogether } = aSender();

    const names = Array.from({ length: 30 }, (_, index) => `${index}`);
    await Promise.all(names.map((name) => outboxes.send("g", [anOutgoing(name)], sendTogether)));

    expect(writes.flat()).toEqual(names);
    expect(writes.map(({ length }) => length)).toEqual([23, 7]);
  });

  it("does not mix groups", async () => {
    const outboxes = new GroupOutboxes();
    const { writes, sendTogether } = aSender();

    await Promise.all(
      ["a", "b", "a", "b"].map((group, index) =>
        outboxes.send(group, [anOutgoing(`${group}${index}`)], sendTogether),
      ),
    );

    expect(writes.map((write) => write.join())).toEqual(["a0,a2", "b1,b3"]);
  });

  it("sends one deduplication id in one write once", async () => {
    const outboxes = new GroupOutboxes();
    const { writes, sendTogether } = aSender();

    await Promise.all(
      [
        ["1", "x"],
        ["2", "y"],
        ["3", "y"],
        ["4", "z"],
      ].map(([name = "", id]) => outboxes.send("g", [anOutgoing(name, id)], sendTogether)),
    );

    expect(writes).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it("tells each of a failure, and goes on with the next", async () => {
    const outboxes = new GroupOutboxes();
    const { sendTogether } = aSender((some) => some.some(({ facts }) => facts.idDigits === "2"));
    const messages = ["1", "2", "3"].map((name) => anOutgoing(name));

    await Promise.all(messages.map((message) => outboxes.send("g", [message], sendTogether)));
    const later = anOutgoing("4");
    await outboxes.send("g", [later], sendTogether);

    expect(messages.map(({ outcome }) => outcome?.kind)).toEqual(["failed", "failed", "failed"]);
    expect(later.outcome?.kind).toBe("stored");
  });

  it("waits for whoever holds the group", async () => {
    const outboxes = new GroupOutboxes();
    const { writes, sendTogether } = aSender();
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = outboxes.hold("g", () => promise);

    const sent = outboxes.send("g", [anOutgoing("1")], sendTogether);
    await new Promise((done) => setImmediate(done));
    expect(writes).toEqual([]);
    resolve();
    await Promise.all([held, sent]);

    expect(writes).toEqual([["1"]]);
  });
});

import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { aQueue, type Message, ownTable, type TestProcess } from "./aQueue.ts";

/** Too large to lie in a segment's own item. */
const large = "a".repeat(10_000);
/** Which part of a handle tells of chunks. */
const chunksPart = 10;

function chunkNamesOf({ table }: TestProcess): readonly string[] {
  return [...table.items()].flatMap(({ pk }) => (pk.includes("/") ? [pk.split("/")[1] ?? ""] : []));
}

/** The message with a handle as they were when handles did not say how many chunks there are. */
function withOldHandle(message: Message): Message {
  const parts = Buffer.from(message.ReceiptHandle ?? "", "base64url")
    .toString()
    .split(".");
  const text = parts.slice(0, -1).with(chunksPart, "1").join(".");
  const ReceiptHandle = Buffer.from(`${text}.${crc32(text).toString(36)}`).toString("base64url");
  return { ...message, ReceiptHandle };
}

describe("the deletion of messages whose contents are in chunks", () => {
  it("deletes the chunks with the last of them, and looks at nothing before", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    await process.send(url, large, `${large}b`);
    const [first, second] = await process.receive(url);
    const reads = process.fates.count("getMany");
    const left: number[] = [];

    for (const message of [first, second]) {
      if (message !== undefined) await process.remove(url, message);
      left.push(chunkNamesOf(process).length);
    }

    expect(left).toEqual([1, 0]);
    expect(process.fates.count("getMany") - reads).toBe(0);
  });

  it("finds the chunks of a handle that does not say where they are", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    await process.send(url, large);
    const messages = await process.receive(url);

    await process.remove(url, ...messages.map(withOldHandle));

    expect(chunkNamesOf(process).length).toBe(0);
  });

  it("finds chunks that lie in the order of their sending, on a table of one process", async () => {
    const { process, clock, url } = await aQueue({ traits: ownTable });
    for (let sent = 0; sent < 5; sent += 1) {
      await process.send(url, large);
      await clock.advance(1);
    }
    const names = chunkNamesOf(process);

    await process.remove(url, ...(await process.receive(url)));

    expect(names).toEqual(names.toSorted());
    expect(new Set(names.map((name) => name.length))).toEqual(new Set([9 + 13]));
    expect(chunkNamesOf(process).length).toBe(0);
  });

  it("is done when the messages are gone, whatever becomes of the chunks", async () => {
    const { process, url } = await aQueue({ traits: ownTable });
    await process.send(url, large);
    const messages = await process.receive(url);
    process.fates.next("writeMany", { fault: "lostRequest" });

    await process.remove(url, ...messages);

    expect(await process.counts(url)).toEqual([0, 0, 0]);
    expect(process.events).toMatchObject([{ event: "background.failed", name: "chunks.drop" }]);
  });
});

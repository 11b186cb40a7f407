import { describe, expect, it } from "vitest";
import { LaneMemories } from "#engine/laneMemory.ts";
import { sortableTime } from "#engine/sortableTime.ts";
import { aQueue, bodiesOf, ownTable } from "./aQueue.ts";

const queues = 40;
const messages = 17;
/** A megabyte with the others of its queue. */
const large = "a".repeat(60_000);

/** Queues whose receives know what is next in line, more of it than all of them may remember. */
async function crowded() {
  const { process } = await aQueue({ traits: { ...ownTable, appliesAtOnce: true } });
  const urls: string[] = [];
  for (let number = 0; number < queues; number += 1) {
    const url = await process.create(`queue${number}`);
    urls.push(url);
    await process.receive(url);
    for (let sent = 0; sent < messages; sent += 1) await process.send(url, `${sent} ${large}`);
  }
  return { process, urls };
}

describe("queues that have more next in line than a process remembers", () => {
  it("are received from in order all the same, by turns, with a look now and then", async () => {
    const { process, urls } = await crowded();
    const received = new Map<string, string[]>();
    const looks = process.fates.count("query");

    for (let taken = 0; taken < messages; taken += 1) {
      for (const url of urls) {
        const bodies = bodiesOf(await process.receive(url, { MaxNumberOfMessages: 1 }));
        const numbers = bodies.map((body) => `${body?.split(" ")[0]}`);
        received.set(url, [...(received.get(url) ?? []), ...numbers]);
      }
    }

    const inOrder = Array.from({ length: messages }, (_, number) => `${number}`);
    for (const url of urls) expect(received.get(url)).toEqual(inOrder);
    expect(process.fates.count("query")).toBeGreaterThan(looks);
    expect(process.fates.count("query") - looks).toBeLessThan(queues * messages);
  });
});

describe("what is next in line of a lane that nothing leads to any more", () => {
  it("takes up no room of others, though a receive that is still at it looks once more", async () => {
    const lanes = new LaneMemories(false);
    const { ready } = lanes.of("gone");
    lanes.forget("gone");

    await ready.look(async () => {
      const key = { pk: "gone", sk: sortableTime(1) };
      const contents = { kind: "inline", payload: new Uint8Array(1) } as const;
      const times = { startsAtMs: 1, delayMs: 0, expiresAtSeconds: 2 };
      const segment = { key, ...times, slots: [{ kind: "fresh" } as const], contents };
      const segments = [{ segment, contents: undefined, contentBytes: 1024 ** 3 }];
      return { segments, lastKey: key.sk, isComplete: true, nextDelayedMs: Infinity };
    });

    expect(ready.first()).toBeDefined();
    expect(lanes.of("other").ready.hasRoom).toBe(true);
  });
});

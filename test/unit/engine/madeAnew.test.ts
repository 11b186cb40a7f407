import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, type TestProcess } from "./aQueue.ts";

type Act = (process: TestProcess, url: string) => Promise<void>;

const remove: Act = (process, url) => process.operate("DeleteQueue", url);
const purge: Act = (process, url) => process.operate("PurgeQueue", url);
const hideNothing: Act = (process, url) => process.set(url, { VisibilityTimeout: "0" });

describe("a queue that is made anew while a write for the old one is sent again", () => {
  it.each([
    { name: "DeleteQueue", act: remove, meanwhile: [] },
    { name: "PurgeQueue", act: purge, meanwhile: [remove] },
    { name: "SetQueueAttributes", act: hideNothing, meanwhile: [remove] },
  ])("is left alone by $name, which is answered as done", async ({ act, meanwhile }) => {
    const { process, url } = await aQueue();
    const other = process.another();
    process.fates.next("write", {
      fault: "sentTwice",
      async between() {
        for (const each of meanwhile) await each(other, url);
        await other.create("queue");
        await other.send(url, "first");
      },
    });

    await act(process, url);

    await process.send(url, "second");
    const received = [await process.receive(url), await process.receive(url)].map(bodiesOf);
    expect(received).toEqual([["first", "second"], []]);
  });
});

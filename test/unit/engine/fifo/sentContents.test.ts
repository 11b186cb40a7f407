import { describe, expect, it } from "vitest";
import { SentContents } from "#engine/fifo/sentContents.ts";

function aContent(body: string) {
  return { body, attributes: new Map(), senderId: "s" };
}

describe("contents that were sent of late", () => {
  it("are handed out once", () => {
    const sent = new SentContents();
    const content = aContent("hello");
    sent.keep("a", content);

    expect(sent.take("b")).toBeUndefined();
    expect(sent.take("a")).toBe(content);
    expect(sent.take("a")).toBeUndefined();
  });

  it("are four megabytes at most, and the oldest go first", () => {
    const sent = new SentContents();
    const ids = Array.from({ length: 6 }, (_, index) => `${index}`);
    const keepAll = () => {
      for (const id of ids) sent.keep(id, aContent("x".repeat(1_000_000)));
    };
    keepAll();

    expect(ids.filter((id) => sent.take(id) !== undefined)).toEqual(["2", "3", "4", "5"]);

    keepAll();

    expect(ids.filter((id) => sent.take(id) !== undefined)).toEqual(["2", "3", "4", "5"]);
  });

  it("are few where they are large by their attributes alone", () => {
    const sent = new SentContents();
    const ids = Array.from({ length: 6 }, (_, index) => `${index}`);
    for (const [index, id] of ids.entries()) {
      const value =
        index % 2 === 0
          ? { dataType: "String", text: "x".repeat(1_000_000) }
          : { dataType: "Binary", bytes: new Uint8Array(1_000_000) };
      sent.keep(id, { ...aContent("x"), attributes: new Map([["a", value]]) });
    }

    expect(ids.filter((id) => sent.take(id) !== undefined)).toEqual(["2", "3", "4", "5"]);
  });

  it("are no more than some thousands, however short they are", () => {
    const sent = new SentContents();
    const ids = Array.from({ length: 20_000 }, (_, index) => `${index}`);
    for (const id of ids) sent.keep(id, aContent("x"));

    const kept = ids.filter((id) => sent.take(id) !== undefined);

    expect(kept.length).toBeGreaterThan(1000);
    expect(kept.length).toBeLessThan(10_000);
  });
});

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

  it("are four million characters at most, and the oldest go first", () => {
    const sent = new SentContents();
    const ids = Array.from({ length: 6 }, (_, index) => `${index}`);
    for (const id of ids) sent.keep(id, aContent("x".repeat(1024 * 1024)));

    expect(ids.filter((id) => sent.take(id) !== undefined)).toEqual(["2", "3", "4", "5"]);

    for (const id of ids) sent.keep(id, aContent("x".repeat(1024 * 1024)));

    expect(ids.filter((id) => sent.take(id) !== undefined)).toEqual(["2", "3", "4", "5"]);
  });
});

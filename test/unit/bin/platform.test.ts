import { describe, expect, it } from "vitest";
import { clock, random } from "../../../bin/platform.ts";

describe("clock", () => {
  it("runs what it was given, later", async () => {
    let hasReturned = false;

    const ran = new Promise<boolean>((resolve) => clock.after(0, () => resolve(hasReturned)));
    hasReturned = true;

    expect(await ran).toBe(true);
  });

  it("does not run at once what is a year ahead, nor what was called off", async () => {
    const ran: string[] = [];
    const cancelYear = clock.after(365 * 86_400_000, () => ran.push("a year"));
    const cancelNow = clock.after(0, () => ran.push("called off"));

    cancelNow();
    await new Promise<void>((resolve) => clock.after(5, resolve));
    cancelYear();

    expect(ran).toEqual([]);
  });
});

describe("random", () => {
  it("gives digits that differ, two a byte, however many are asked for", () => {
    const ids = Array.from({ length: 5000 }, (_, at) => random.hex(16 + (at % 7)));

    expect(new Set(ids).size).toBe(5000);
    expect(ids.every((id, at) => id.length === 2 * (16 + (at % 7)))).toBe(true);
    expect(ids.join("")).toMatch(/^[0-9a-f]+$/);
  });

  it("gives every number below", () => {
    const numbers = new Set(Array.from({ length: 1000 }, () => random.below(3)));

    expect([...numbers].sort()).toEqual([0, 1, 2]);
  });
});

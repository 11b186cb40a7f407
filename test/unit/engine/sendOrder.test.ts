import { describe, expect, it } from "vitest";
import { orderMax } from "#engine/segment.ts";
import { SendOrder } from "#engine/sendOrder.ts";

describe("the order of sends", () => {
  it("counts within a millisecond, and anew in the next", () => {
    const order = new SendOrder();

    expect([5, 5, 5, 6, 6].map((atMs) => order.next(atMs))).toEqual([0, 1, 2, 0, 1]);
  });

  it("goes on though something of another delay was sent in between", () => {
    const order = new SendOrder();

    expect([order.next(5), order.next(1005, 1000), order.next(5)]).toEqual([0, 0, 1]);
  });

  it("ends where its digits end", () => {
    const order = new SendOrder();
    for (let sent = 0; sent <= orderMax; sent += 1) order.next(5);

    expect(order.next(5)).toBe(orderMax);
  });
});

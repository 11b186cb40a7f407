import { describe, expect, it } from "vitest";
import type { Identity } from "#service/authenticate.ts";
import { RequestsInWork } from "#service/requestsInWork.ts";
import { SharedRoom } from "#transport/sharedRoom.ts";

const identity = (account: string, senderId: string): Identity => ({
  account,
  region: "us-east-1",
  senderId,
});
const [busy, also, other] = [
  identity("111122223333", "busy"),
  identity("111122223333", "also"),
  identity("444455556666", "other"),
];

/** How many requests more of that key are taken on. */
function fill(inWork: RequestsInWork, who: Identity): number {
  for (let entered = 0; ; entered += 1) {
    try {
      inWork.enter(who);
    } catch (error) {
      expect(error).toMatchObject({ error: "RequestThrottled" });
      return entered;
    }
  }
}

describe("RequestsInWork", () => {
  it("takes on no more of one key than it may have, until one has ended", () => {
    const inWork = new RequestsInWork({ room: new SharedRoom(1000, 8), keyRequestsMax: 3 });

    expect([fill(inWork, busy), fill(inWork, also), fill(inWork, other)]).toEqual([3, 3, 3]);
    inWork.leave(busy);
    expect([fill(inWork, also), fill(inWork, busy)]).toEqual([0, 1]);
  });

  it("leaves room for other accounts, however many keys one has", () => {
    const inWork = new RequestsInWork({ room: new SharedRoom(100, 8) });

    expect(fill(inWork, busy) + fill(inWork, also)).toBe(89);
    expect(fill(inWork, other)).toBeGreaterThan(5);
  });

  it("counts nothing of what it refused", () => {
    const inWork = new RequestsInWork({ room: new SharedRoom(100, 8), keyRequestsMax: 1 });
    for (let times = 0; times < 200; times += 1) fill(inWork, busy);
    inWork.leave(busy);

    expect([fill(inWork, busy), fill(inWork, also)]).toEqual([1, 1]);
  });
});

import { describe, expect, it } from "vitest";
import { limitingRates } from "#service/keyRates.ts";
import { aRequest } from "../protocol/aRequest.ts";

const account = "111122223333";

function aLimit(perSecond: number, of: "senderId" | "account" = "senderId") {
  const clock = { atMs: 0, nowMs: () => clock.atMs };
  const authenticate = limitingRates(
    ({ path }) => ({ account, region: "us-east-1", senderId: path }),
    { perSecond, of, clock },
  );
  const outcome = async (key: string) => {
    try {
      await authenticate(aRequest({ path: key }));
      return "admitted";
    } catch (error) {
      return error;
    }
  };
  return { clock, outcome };
}

const throttled = expect.objectContaining({ error: "RequestThrottled" });

describe("a limit of requests in a second", () => {
  it("throttles the key that makes more, and no other", async () => {
    const { outcome } = aLimit(3);

    for (let made = 0; made < 3; made += 1) expect(await outcome("busy")).toBe("admitted");
    expect(await outcome("busy")).toEqual(throttled);
    expect(await outcome("other")).toBe("admitted");
  });

  it("admits again as time passes, and saves up no more than a second's worth", async () => {
    const { clock, outcome } = aLimit(2);
    await outcome("busy");
    await outcome("busy");

    expect(await outcome("busy")).toEqual(throttled);
    clock.atMs += 500;
    expect(await outcome("busy")).toBe("admitted");
    expect(await outcome("busy")).toEqual(throttled);
    clock.atMs += 3_600_000;
    expect([await outcome("busy"), await outcome("busy")]).toEqual(["admitted", "admitted"]);
    expect(await outcome("busy")).toEqual(throttled);
  });

  it("may be for all keys of an account together", async () => {
    const { outcome } = aLimit(2, "account");

    expect([await outcome("one"), await outcome("other")]).toEqual(["admitted", "admitted"]);
    expect(await outcome("third")).toEqual(throttled);
  });
});

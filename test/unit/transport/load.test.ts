import { expect, test } from "vitest";
import { loadLimits } from "#transport/load.ts";

test("leaves room for ten thousand waiting receives and for those who send to them", () => {
  expect(loadLimits.requestsMax).toBeGreaterThan(10_000);
  expect(loadLimits.connectionsMax).toBeGreaterThan(loadLimits.requestsMax);
});

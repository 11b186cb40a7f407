import { expect, test } from "vitest";
import { greed, limitsOf, loadLimits } from "#transport/load.ts";
import { SharedRoom } from "#transport/sharedRoom.ts";

test("leaves room for ten thousand waiting receives and for those who send to them", () => {
  expect(loadLimits.requestsMax).toBeGreaterThan(10_000);
  expect(loadLimits.connectionsMax).toBeGreaterThan(loadLimits.requestsMax);
});

test.each([
  ["connections", loadLimits.connectionsMax, greed.connections],
  ["requests", loadLimits.requestsMax, greed.requests],
])("lets one address alone have ten thousand %s", (_what, most, share) => {
  const room = new SharedRoom(most, share);
  const part = { taken: 0 };
  room.take(part, 10_000);
  expect(room.hasFor(part, 1)).toBe(true);
});

test("takes its own limits where none are given", () => {
  expect(limitsOf({ requestsMax: 5, bodyBytesMax: undefined })).toEqual({
    ...loadLimits,
    requestsMax: 5,
  });
});

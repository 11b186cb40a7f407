import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openFunctionLog } from "../../../functions/shared/functionLog.ts";

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  // Powertools print by this machine's console where they are told that it is a developer's.
  vi.stubEnv("POWERTOOLS_DEV", "true");
  for (const method of ["debug", "info", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((line) => lines.push(line));
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("openFunctionLog", () => {
  it("says the function, the tenant, the event and its fields", () => {
    const { log } = openFunctionLog("sweep", { logLevel: "info", tenant: "acme" });

    log.warn("queue.dropped", { queue: "orders" });

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: "WARN",
        message: "queue.dropped",
        service: "millrace-sweep",
        tenant: "acme",
        queue: "orders",
      }),
    ]);
  });

  it.each([
    ["debug", ["a", "b", "c", "d"]],
    ["info", ["b", "c", "d"]],
    ["warn", ["c", "d"]],
    ["error", ["d"]],
    ["silent", []],
  ] as const)("at level %s writes %o", (logLevel, expected) => {
    const { log } = openFunctionLog("api", { logLevel, tenant: undefined });

    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");

    expect(lines.map((line) => JSON.parse(line).message)).toEqual(expected);
  });

  it("writes of an error what holds no messages", () => {
    const { log } = openFunctionLog("api", { logLevel: "info", tenant: undefined });
    const cause = Object.assign(new Error("inner"), { Item: { body: "a secret order" } });

    log.error("request.failed", { error: new Error("outer", { cause }) });

    expect(lines.join("")).not.toContain("a secret order");
    expect(JSON.parse(lines.join(""))).toMatchObject({
      error: { message: "outer", cause: { message: "inner" } },
    });
  });
});

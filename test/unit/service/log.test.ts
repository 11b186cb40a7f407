import { describe, expect, it } from "vitest";
import { jsonLog, type LogLevel, logLevels } from "#service/log.ts";

function aLog(level: LogLevel = "debug") {
  const lines: string[] = [];
  const log = jsonLog({
    level,
    clock: { nowMs: () => Date.UTC(2026, 0, 2) },
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

describe("jsonLog", () => {
  it("writes one JSON object a line", () => {
    const { log, lines } = aLog();

    log.info("started", { port: 9324, url: "a\nb" });

    expect(lines).toEqual([
      '{"time":"2026-01-02T00:00:00.000Z","level":"info","event":"started","port":9324,"url":"a\\nb"}\n',
    ]);
  });

  it("says on every line what it is to say always", () => {
    const lines: string[] = [];
    const always = { tenant: "acme" };
    const log = jsonLog({
      level: "info",
      clock: { nowMs: () => 0 },
      write: (line) => lines.push(line),
      always,
    });

    log.info("started");

    expect(JSON.parse(lines.join(""))).toMatchObject({ event: "started", tenant: "acme" });
  });

  it.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ] as const)("at level %s writes %o", (level, expected) => {
    const { log, lines } = aLog(level);

    log.debug("debug");
    log.info("info");
    log.warn("warn");
    log.error("error");

    expect(lines.map((line) => JSON.parse(line).event)).toEqual(expected);
    expect(logLevels).toContain(level);
  });

  it("writes an error whole, its causes included", () => {
    const { log, lines } = aLog();
    const cause = Object.assign(new TypeError("inner"), { code: "EINNER" });

    log.error("failed", { error: new Error("outer", { cause }) });

    const { error } = JSON.parse(lines.join(""));
    expect(error).toMatchObject({ name: "Error", message: "outer" });
    expect(error.stack).toMatch(/^Error: outer\n.*log\.test\.ts/s);
    expect(error.cause).toMatchObject({ name: "TypeError", message: "inner", code: "EINNER" });
  });

  it("leaves out what else an error carries, which may be a message", () => {
    const { log, lines } = aLog();

    log.error("failed", { error: Object.assign(new Error("x"), { items: ["secret"] }) });

    expect(lines.join("")).not.toContain("secret");
  });

  it("ends a chain of causes that has no end", () => {
    const { log, lines } = aLog();
    const error = new Error("x");
    error.cause = error;

    log.error("failed", { error });

    expect(lines).toHaveLength(1);
  });
});

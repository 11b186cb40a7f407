import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RehearsalClock } from "./rehearsalClock.ts";
import { FunctionPool, type FunctionPoolOptions, type Invoked } from "./runtime/functionPool.ts";

type Options = Partial<Pick<FunctionPoolOptions, "concurrencyMax" | "clock" | "environment">> & {
  readonly timeoutSeconds?: number;
};

/** Makes a function of a line of code, which has `event` and `context`. */
const it = test.extend<{ deploy: (code: string, options?: Options) => Promise<FunctionPool> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from it.
  deploy: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-function-"));
    const pools: FunctionPool[] = [];
    await use(
      async (code, { timeoutSeconds = 20, concurrencyMax = 4, clock, environment = {} } = {}) => {
        await writeFile(
          join(folder, "index.mjs"),
          `let calls = 0; export const handler = async (event, context) => { calls += 1; ${code} };`,
        );
        const pool = new FunctionPool({
          function: {
            name: "tried",
            arn: "arn:aws:lambda:us-east-1:111122223333:function:tried",
            folder,
            handler: "index.handler",
            timeoutSeconds,
            memoryMb: 128,
            environment,
          },
          region: "us-east-1",
          environment: {},
          concurrencyMax,
          clock,
        });
        pools.push(pool);
        return pool;
      },
    );
    for (const pool of pools) pool.close();
    await rm(folder, { recursive: true, force: true });
  },
});

function resultOf(invoked: Invoked): unknown {
  expect(invoked).toMatchObject({ kind: "result" });
  return invoked.kind === "result" ? JSON.parse(invoked.payload) : undefined;
}

describe("a function in a process of its own", () => {
  it("answers events one after another, in one process", async ({ deploy }) => {
    const pool = await deploy("return { calls, event };");

    const answers = [await pool.invoke({ n: 1 }), await pool.invoke({ n: 2 })].map(resultOf);

    expect(answers).toEqual([
      { calls: 1, event: { n: 1 } },
      { calls: 2, event: { n: 2 } },
    ]);
    expect(pool.starts).toBe(1);
  });

  it("is told what Lambda tells", async ({ deploy }) => {
    const pool = await deploy(
      "return { ...context, leftMs: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID, set: process.env.SET, home: process.env.HOME };",
      { environment: { SET: "in the template" }, timeoutSeconds: 7 },
    );

    const told = resultOf(await pool.invoke({}));

    expect(told).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: "tried",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:tried",
      trace: expect.stringMatching(/^Root=1-/),
      set: "in the template",
      leftMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 7000),
    });
    expect(told).not.toHaveProperty("home");
  });

  it("tells of what it throws and goes on", async ({ deploy }) => {
    const pool = await deploy('if (calls === 1) throw new RangeError("no"); return calls;');

    const fault = await pool.invoke({});
    const next = await pool.invoke({});

    expect(fault.kind === "fault" && JSON.parse(fault.payload)).toMatchObject({
      errorType: "RangeError",
      errorMessage: "no",
    });
    expect(resultOf(next)).toBe(2);
  });

  it("has a cold start after its process has ended", async ({ deploy }) => {
    const pool = await deploy("if (event.end) process.exit(3); return calls;");

    const outcomes = [
      await pool.invoke({}),
      await pool.invoke({ end: true }),
      await pool.invoke({}),
    ];

    expect(outcomes).toEqual([
      { kind: "result", payload: "1" },
      { kind: "crashed", why: "exit code 3" },
      { kind: "result", payload: "1" },
    ]);
  });

  it("is killed when it takes longer than it may", async ({ deploy }) => {
    const pool = await deploy("await new Promise((r) => setTimeout(r, 60_000));", {
      timeoutSeconds: 0.5,
    });

    expect(await pool.invoke({})).toEqual({ kind: "timedOut" });
  });

  it("may answer with six megabytes and no more", async ({ deploy }) => {
    const pool = await deploy('return "x".repeat(event);');

    const most = await pool.invoke(6 * 1024 * 1024 - 2);
    const more = await pool.invoke(6 * 1024 * 1024 - 1);

    expect(most.kind).toBe("result");
    expect(more).toMatchObject({
      kind: "fault",
      payload: expect.stringContaining("Function.ResponseSizeTooLarge"),
    });
  });

  it("says why its module cannot be loaded", async ({ deploy }) => {
    const pool = await deploy("} + nonsense + {");

    expect(await pool.invoke({})).toMatchObject({
      kind: "fault",
      payload: expect.stringContaining("SyntaxError"),
    });
  });

  it("runs no longer than its request: nothing goes on between two", async ({ deploy }) => {
    const pool = await deploy(
      "globalThis.ticks ??= 0; globalThis.ticker ??= setInterval(() => { globalThis.ticks += 1; }, 1); " +
        "const before = globalThis.ticks; if (event.wait) await new Promise((r) => setTimeout(r, 50)); return globalThis.ticks - before + (event.wait ? 0 : globalThis.ticks);",
    );
    await pool.invoke({});

    const asleep = [];
    for (let calls = 0; calls < 3; calls += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      asleep.push(Number(resultOf(await pool.invoke({}))));
    }

    expect(Math.max(...asleep)).toBeLessThan(30);
    expect(resultOf(await pool.invoke({ wait: true }))).toBeGreaterThan(10);
  });
});

describe("requests at once", () => {
  const untilTwo = "await new Promise((r) => setTimeout(r, 100)); return process.pid;";

  it("have a process each, up to a bound, and are throttled above it", async ({ deploy }) => {
    const pool = await deploy(untilTwo, { concurrencyMax: 2 });

    const outcomes = await Promise.all([pool.invoke({}), pool.invoke({}), pool.invoke({})]);

    const pids = outcomes.slice(0, 2).map(resultOf);
    expect(new Set(pids).size).toBe(2);
    expect(outcomes[2]).toEqual({ kind: "throttled" });
  });

  it("are lost with the process that is killed, and no other", async ({ deploy }) => {
    const pool = await deploy(untilTwo);
    await Promise.all([pool.invoke({}), pool.invoke({})]);
    const both = Promise.all([pool.invoke({}), pool.invoke({})]);

    pool.killOne(() => 0);

    expect((await both).map(({ kind }) => kind)).toEqual(["crashed", "result"]);
  });
});

describe("a clock that is moved by hand", () => {
  it("is the time of the function, which stands still", async ({ deploy }) => {
    const clock = new RehearsalClock();
    const pool = await deploy("return [Date.now(), new Date().getTime(), new Date(5).getTime()];", {
      clock,
    });

    const first = resultOf(await pool.invoke({}));
    clock.advance(12_345);
    const second = resultOf(await pool.invoke({}));

    const nowMs = clock.nowMs();
    expect(first).toEqual([nowMs - 12_345, nowMs - 12_345, 5]);
    expect(second).toEqual([nowMs, nowMs, 5]);
  });

  it("rings the timers of a running request", async ({ deploy }) => {
    const clock = new RehearsalClock();
    const pool = await deploy(
      "const clock = { after(ms, ring) { setTimeout(ring, ms); } }; " +
        "await new Promise((ring) => clock.after(20_000, ring)); return Date.now();",
      { clock },
    );
    const startedMs = clock.nowMs();
    const answer = pool.invoke({});

    await clock.untilDueAt(startedMs + 20_000, (timers) => timers === 1);
    clock.advance(19_999);
    await clock.untilDueAt(startedMs + 20_000, (timers) => timers === 1);
    clock.advance(1);

    expect(resultOf(await answer)).toBe(startedMs + 20_000);
  });
});

import { describe, expect, it } from "vitest";
import {
  failure,
  type Invocation,
  PollWorld,
  plainApi,
  reporting,
  success,
  throttle,
} from "./pollWorld.ts";

const counting = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

describe("poll", () => {
  it("hands over what is there and deletes what succeeded", async () => {
    const world = await PollWorld.open();
    await world.send("one", "two");

    const summary = await world.run(() => success);

    expect(world.bodies).toEqual([["one", "two"]]);
    expect(summary).toEqual({ received: 2, succeeded: 2, failed: 0, givenBack: 0 });
    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
  });

  it("leaves an empty queue after one receive", async () => {
    const world = await PollWorld.open();
    let receives = 0;

    await world.run(() => success, {
      queue: (queue) => ({
        ...queue,
        receiveMessage: (...given) => {
          receives += 1;
          return queue.receiveMessage(...given);
        },
      }),
    });

    expect(receives).toBe(1);
  });

  it("rejects when there is no such queue", async () => {
    const world = new PollWorld();

    await expect(world.run(() => success)).rejects.toThrow("does not exist");
  });

  it("gathers a batch of more than ten from several receives", async () => {
    const world = await PollWorld.open();
    await world.send(...counting(1, 25));

    await world.run(() => success, { batchSize: 20, concurrencyMax: 1 });

    expect(world.bodies.map(({ length }) => length)).toEqual([20, 5]);
  });

  it("waits for its window to fill a batch, and not longer", async () => {
    const world = await PollWorld.open();
    await world.send("early");
    const startMs = world.clock.nowMs();
    const running = world.run(() => success, { batchWindowSeconds: 30, batchSize: 100 });
    await world.clock.advance(25_000);
    await world.send("late");

    await world.clock.advance(60_000);
    await running;

    expect(world.bodies).toEqual([["early", "late"]]);
    expect(world.invocations[0]?.atMs).toBe(startMs + 30_000);
  });

  it("hands over a full batch before its window is over", async () => {
    const world = await PollWorld.open();
    await world.send(...counting(1, 10));

    const running = world.run(() => success, { batchWindowSeconds: 300 });
    await world.clock.advance(0);

    expect(world.bodies).toHaveLength(1);
    await running;
  });

  it("runs as many invocations at once as it may, and no more", async () => {
    const world = await PollWorld.open();
    await world.send(...counting(1, 9));
    let running = 0;
    let most = 0;

    await world.runThrough(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await world.takes(1000);
        running -= 1;
        return success;
      },
      { batchSize: 1, concurrencyMax: 3 },
    );

    expect(most).toBe(3);
    expect(world.bodies).toHaveLength(9);
  });

  it("splits what one invocation cannot carry", async () => {
    const world = await PollWorld.open();
    const large = "x".repeat(1024 * 1024);
    for (let sent = 0; sent < 8; sent += 1) await world.send(large);

    const summary = await world.run(({ records }) => {
      expect(JSON.stringify({ Records: records }).length).toBeLessThanOrEqual(6 * 1024 * 1024);
      return success;
    });

    expect(world.bodies.map(({ length }) => length)).toEqual([5, 3]);
    expect(summary.succeeded).toBe(8);
  });

  it("refuses a batch of a FIFO queue that SQS could not give in order", async () => {
    const world = await PollWorld.open({}, { name: "orders.fifo" });

    const running = world.run(() => success, { batchSize: 11, batchWindowSeconds: 1 });

    await expect(running).rejects.toThrow(
      "expected the batch size of a FIFO queue to be 1 to 10, got 11; " +
        "expected no batch window with a FIFO queue, got 1",
    );
  });
});

describe("messages that failed", () => {
  it("come again when their visibility timeout ends, and the others do not", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "60" });
    await world.send(...counting(1, 10));
    const odd = ({ records }: Invocation) => records.filter(({ body }) => Number(body) % 2 === 1);

    await world.run((invocation) => reporting(odd(invocation)));
    await world.clock.advance(59_000);
    await world.run(() => success);
    await world.clock.advance(2000);
    await world.run(() => success);

    expect(world.bodies).toEqual([counting(1, 10), ["1", "3", "5", "7", "9"]]);
    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
  });

  it("come again at once where that is set", async () => {
    const world = await PollWorld.open();
    await world.send("one", "two");
    const failing = new Set(["two"]);

    await world.runThrough(
      ({ records }) => reporting(records.filter(({ body }) => failing.delete(body))),
      { retrySeconds: 0 },
    );

    expect(world.bodies).toEqual([["one", "two"], ["two"]]);
  });

  it("are the whole batch when the worker fails", async () => {
    const world = await PollWorld.open();
    await world.send("one", "two");

    const summary = await world.runThrough(() => failure);

    expect(summary).toMatchObject({ succeeded: 0, failed: 2 });
    expect(await world.counts()).toEqual({ available: 0, inFlight: 2 });
  });

  it("are none when the worker's report is not asked for", async () => {
    const world = await PollWorld.open();
    await world.send("one", "two");

    await world.run(({ records }) => reporting(records), { reportsBatchItemFailures: false });

    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
  });

  it("are left alone while a worker that was lost from sight may work on them", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "60" });
    await world.send("one");

    await world.runThrough(() => ({ kind: "lost", reason: "no answer" }), { retrySeconds: 0 });

    expect(await world.counts()).toEqual({ available: 0, inFlight: 1 });
  });
});

describe("a batch of a FIFO queue", () => {
  it("keeps what followed a failure in the same group, handled or not", async () => {
    const world = await PollWorld.open({}, { name: "orders.fifo" });
    await world.sendTo("a", "a1", "a2", "a3");
    await world.sendTo("b", "b1", "b2");

    await world.runThrough(({ records }) => reporting(records.filter(({ body }) => body === "a2")));
    await world.clock.advance(31_000);
    await world.run(() => success);

    const [first, second] = world.bodies;
    expect(new Set(first)).toEqual(new Set(["a1", "a2", "a3", "b1", "b2"]));
    expect(second).toEqual(["a2", "a3"]);
  });

  it("never has a group in two invocations at once", async () => {
    const world = await PollWorld.open({}, { name: "orders.fifo" });
    await world.sendTo("a", ...counting(1, 5));
    await world.sendTo("b", ...counting(6, 9));
    const running = new Set<string>();

    await world.runThrough(
      async ({ records }) => {
        const groups = new Set(records.map(({ attributes }) => attributes["MessageGroupId"] ?? ""));
        for (const group of groups) expect(running.has(group)).toBe(false);
        for (const group of groups) running.add(group);
        await world.takes(1000);
        for (const group of groups) running.delete(group);
        return success;
      },
      { batchSize: 2 },
    );

    const all = world.bodies.flat();
    expect(all.filter((body) => Number(body) < 6)).toEqual(counting(1, 5));
    expect(all.filter((body) => Number(body) > 5)).toEqual(counting(6, 9));
  });

  it("is emptied group by group in one run, though a group waits for its own messages", async () => {
    const world = await PollWorld.open({}, { name: "orders.fifo" });
    await world.sendTo("a", ...counting(1, 25));

    const summary = await world.runThrough(async () => {
      await world.takes(500);
      return success;
    });

    expect(summary.succeeded).toBe(25);
    expect(world.bodies.flat()).toEqual(counting(1, 25));
  });
});

describe("a worker that is throttled", () => {
  it("costs no receive count where a queue can take messages back", async () => {
    const world = await PollWorld.open();
    await world.send("one");

    const summary = await world.runThrough(() => throttle);
    await world.run(() => success);

    expect(summary).toMatchObject({ succeeded: 0, givenBack: 1 });
    expect(world.invocations.at(-1)?.records[0]?.attributes["ApproximateReceiveCount"]).toBe("1");
    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
  });

  it("is not given the same again while it is being given back", async () => {
    const world = await PollWorld.open();
    await world.send("one");

    const summary = await world.runThrough(() => throttle, {
      queue: (queue) => ({
        ...queue,
        async putBack(handles) {
          await queue.putBack?.(handles);
          // Long enough for another receive, if there were one.
          await world.takes(2000);
        },
      }),
    });

    expect(summary).toMatchObject({ received: 1, givenBack: 1 });
  });

  it("costs no receive count over the plain API, as messages are held until it is free", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "20" });
    await world.send("one");
    const freeMs = world.clock.nowMs() + 600_000;

    await world.runThrough(() => (world.clock.nowMs() < freeMs ? throttle : success), {
      queue: plainApi,
    });

    const last = world.invocations.at(-1);
    expect(last?.atMs).toBeGreaterThanOrEqual(freeMs);
    expect(last?.records[0]?.attributes["ApproximateReceiveCount"]).toBe("1");
    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
    // It is asked less and less often.
    expect(world.invocations.length).toBeLessThan(50);
  });

  it("is given nothing more while it is asked again", async () => {
    const world = await PollWorld.open();
    await world.send(...counting(1, 5));

    const running = world.run(() => throttle, { batchSize: 1, queue: plainApi });
    await world.clock.advance(60_000);

    // The second was received before the first was refused.
    expect(new Set(world.bodies.flat())).toEqual(new Set(["1", "2"]));
    void running;
  });

  it("says when to come again, within bounds", async () => {
    const world = await PollWorld.open();
    await world.send("one");
    const startMs = world.clock.nowMs();

    await world.runThrough(
      () =>
        world.invocations.length > 1 ? success : { kind: "throttled", retryAfterMs: 3_600_000 },
      { queue: plainApi },
    );

    expect(world.invocations[1]?.atMs).toBe(startMs + 30_000);
  });
});

describe("long work", () => {
  it("keeps its messages from others for as long as it lasts", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "30" });
    await world.send("slow");
    const working = world.run(async () => {
      await world.takes(3_600_000);
      return success;
    });
    await world.clock.advance(1_800_000);

    const other = await world.run(() => success);
    await world.clock.advance(1_900_000);
    await working;

    expect(other.received).toBe(0);
    expect(world.bodies).toEqual([["slow"]]);
    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
  });

  it("keeps them for the twelve hours that a receive lasts, and no longer", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "3600" });
    await world.send("endless");
    const working = world.run(() => new Promise(() => {}));
    await world.clock.advance(12 * 3_600_000 - 1000);
    const before = await world.counts();
    await world.clock.advance(2000);

    expect(before).toEqual({ available: 0, inFlight: 1 });
    expect(await world.counts()).toEqual({ available: 1, inFlight: 0 });
    void working;
  });

  it("is not begun with what others were given before the answer was here", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "10" });
    await world.send("late");
    const late = world.run(() => success, {
      queue: (queue) => ({
        ...queue,
        async receiveMessage(input, signal) {
          const output = await queue.receiveMessage(input, signal);
          await world.takes(11_000);
          return output;
        },
      }),
    });
    await world.clock.advance(10_500);
    const other = world.run(async () => {
      await world.takes(5000);
      return success;
    });
    await world.clock.advance(30_000);

    expect([(await late).succeeded, (await other).succeeded]).toEqual([0, 1]);
    expect(world.bodies).toEqual([["late"]]);
  });

  it("is begun with what came at the end of a wait longer than its timeout", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "10" });
    const waiting = world.run(() => success, { waitSeconds: 20 });
    await world.clock.advance(15_000);
    await world.send("awaited");
    await world.clock.advance(60_000);

    expect((await waiting).succeeded).toBe(1);
    expect(world.invocations.map(({ records }) => records.length)).toEqual([1]);
  });

  it("does not take back what was let go while its poller stood still", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "10" });
    await world.send("slow");
    const extended: unknown[] = [];
    const working = world.run(
      async () => {
        await world.takes(8000);
        return success;
      },
      {
        queue: (queue) => ({
          ...queue,
          async changeMessageVisibilityBatch(input) {
            extended.push(input);
            return await queue.changeMessageVisibilityBatch(input);
          },
        }),
      },
    );
    await world.clock.advance(1000);
    world.clock.step(15_000);
    await world.clock.advance(30_000);
    await working;

    expect(extended).toEqual([]);
  });

  it("survives extensions that fail now and then", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "30" });
    await world.send("slow");
    let calls = 0;

    await world.runThrough(
      async () => {
        await world.takes(300_000);
        expect(await world.counts()).toEqual({ available: 0, inFlight: 1 });
        return success;
      },
      {
        queue: (queue) => ({
          ...queue,
          async changeMessageVisibilityBatch(input) {
            calls += 1;
            if (calls % 2 === 1) throw new Error("the network is down");
            return await queue.changeMessageVisibilityBatch(input);
          },
        }),
      },
    );

    expect(world.bodies).toEqual([["slow"]]);
    expect(calls).toBeGreaterThan(10);
  });
});

describe("a heartbeat that is refused", () => {
  it.each([
    ["before", { heartbeatMs: 0, deletionMs: 1000 }],
    ["after", { heartbeatMs: 1000, deletionMs: 0 }],
  ])(
    "because its message was deleted is no loss, %s the deletion is answered",
    async (_, { heartbeatMs, deletionMs }) => {
      const world = await PollWorld.open({ VisibilityTimeout: "30" });
      await world.send("slow");
      const deleted = Promise.withResolvers<void>();
      const refused: unknown[] = [];
      const { log, warnings } = aLog();

      const summary = await world.runThrough(
        async () => {
          await world.takes(15_500);
          return success;
        },
        {
          log,
          queue: (queue) => ({
            ...queue,
            async changeMessageVisibilityBatch(input) {
              await deleted.promise;
              await world.takes(heartbeatMs);
              const output = await queue.changeMessageVisibilityBatch(input);
              refused.push(...(output.Failed ?? []));
              return output;
            },
            async deleteMessageBatch(input) {
              const output = await queue.deleteMessageBatch(input);
              deleted.resolve();
              await world.takes(deletionMs);
              return output;
            },
          }),
        },
      );

      expect(refused).toHaveLength(1);
      expect([summary.succeeded, warnings]).toEqual([1, []]);
    },
  );

  it("because its message is gone is a loss", async () => {
    const world = await PollWorld.open({ VisibilityTimeout: "30" });
    await world.send("slow");
    const { log, warnings } = aLog();

    await world.runThrough(
      async () => {
        await world.ask("PurgeQueue", { QueueUrl: world.name });
        await world.takes(20_000);
        return success;
      },
      { log },
    );

    expect(warnings).toEqual(["message.lost"]);
  });
});

/** A log, and the events that it was warned of. */
function aLog() {
  const warnings: string[] = [];
  const warn = (event: string) => warnings.push(event);
  return { warnings, log: { debug() {}, info() {}, warn, error: warn } };
}

describe("a poller that is told to stop", () => {
  it("lets running invocations finish, and begins nothing new", async () => {
    const world = await PollWorld.open();
    await world.send("one", "two");
    const stop = new AbortController();
    const running = world.run(
      async () => {
        await world.takes(5000);
        return success;
      },
      { endsWhen: "stopped", waitSeconds: 20, stop: stop.signal, concurrencyMax: 1, batchSize: 1 },
    );
    await world.clock.advance(1000);

    stop.abort();
    await world.clock.advance(5000);

    expect(await running).toMatchObject({ received: 1, succeeded: 1 });
    expect(await world.counts()).toEqual({ available: 1, inFlight: 0 });
    expect(world.clock.pending).toBe(0);
  });

  it("cuts off what takes too long, and gives its messages back at once", async () => {
    const world = await PollWorld.open();
    await world.send("one");
    const stop = new AbortController();
    const running = world.run(
      (_, signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve(failure))),
      { endsWhen: "stopped", waitSeconds: 20, stop: stop.signal, finishMsMax: 3000 },
    );
    await world.clock.advance(1000);

    stop.abort();
    await world.clock.advance(3000);

    expect(await running).toMatchObject({ failed: 1 });
    expect(await world.counts()).toEqual({ available: 1, inFlight: 0 });
  });

  it("gives back what it has gathered and handed to nobody, as not received", async () => {
    const world = await PollWorld.open();
    await world.send("one");
    const stop = new AbortController();
    const running = world.run(() => success, {
      endsWhen: "stopped",
      batchWindowSeconds: 60,
      stop: stop.signal,
    });
    await world.clock.advance(5000);

    stop.abort();
    await world.clock.settle();
    await running;
    await world.run(() => success);

    expect(world.bodies).toEqual([["one"]]);
    expect(world.invocations[0]?.records[0]?.attributes["ApproximateReceiveCount"]).toBe("1");
  });

  it("ends a receive that waits", async () => {
    const world = await PollWorld.open();
    const stop = new AbortController();
    const running = world.run(() => success, {
      endsWhen: "stopped",
      waitSeconds: 20,
      stop: stop.signal,
    });
    await world.clock.advance(1000);

    stop.abort();
    await world.clock.settle();

    expect(await running).toMatchObject({ received: 0 });
  });
});

describe("a queue that is out of reach", () => {
  it("is asked again though a timer rings a moment too early", async () => {
    const world = await PollWorld.open();
    await world.send("one");
    let failures = 0;
    const running = world.run(() => success, {
      queue: (queue) => ({
        ...queue,
        async receiveMessage(...given) {
          failures += 1;
          if (failures > 1) return await queue.receiveMessage(...given);
          throw new Error("the network is down");
        },
      }),
    });
    await world.clock.settle();

    world.clock.step(-1);
    await world.clock.advance(1000);

    expect(await running).toMatchObject({ succeeded: 1 });
  });

  it("is asked again, less and less often", async () => {
    const world = await PollWorld.open();
    await world.send("one");
    const upMs = world.clock.nowMs() + 60_000;
    const stop = new AbortController();
    let failures = 0;
    const running = world.run(() => success, {
      endsWhen: "stopped",
      stop: stop.signal,
      queue: (queue) => ({
        ...queue,
        async receiveMessage(...given) {
          if (world.clock.nowMs() >= upMs) return await queue.receiveMessage(...given);
          failures += 1;
          throw new Error("the network is down");
        },
      }),
    });

    await world.clock.advance(120_000);
    stop.abort();
    await world.clock.settle();

    expect(await running).toMatchObject({ succeeded: 1 });
    expect(failures).toBeLessThan(15);
  });

  it("ends a run that was to empty it, after a few tries", async () => {
    const world = await PollWorld.open();

    const running = world.runThrough(() => success, {
      queue: (queue) => ({
        ...queue,
        receiveMessage: () => Promise.reject(new Error("the network is down")),
      }),
    });

    await expect(running).rejects.toThrow("the network is down");
  });

  it("does not lose what succeeded when the first deletion fails", async () => {
    const world = await PollWorld.open();
    await world.send("one");
    let calls = 0;

    const summary = await world.runThrough(() => success, {
      queue: (queue) => ({
        ...queue,
        async deleteMessageBatch(input) {
          calls += 1;
          if (calls === 1) throw new Error("the network is down");
          return await queue.deleteMessageBatch(input);
        },
      }),
    });

    expect(summary.succeeded).toBe(1);
    expect(await world.counts()).toEqual({ available: 0, inFlight: 0 });
  });
});

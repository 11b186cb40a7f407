import { describe, expect, it } from "vitest";
import { type WaitEnd, Waiters } from "#engine/waiters.ts";
import { FakeClock } from "../../support/fakeClock.ts";

const queue = "queue";

/** Waiters, and receives that are parked one after another and say how their waits ended. */
function aRoom() {
  const clock = new FakeClock({ turns: 1 });
  const waiters = new Waiters(clock);
  const ends: string[] = [];
  return {
    clock,
    waiters,
    ends,
    park(name: string, { queueId = queue, waitMs = 20_000, signal = never } = {}) {
      const waiter = waiters.enter(queueId);
      const deadlineMs = clock.nowMs() + waitMs;
      const end = waiters.wait(waiter, { deadlineMs, signal }).then((how): WaitEnd => {
        ends.push(`${name}: ${how}`);
        return how;
      });
      return { waiter, end };
    },
  };
}

const never = new AbortController().signal;

describe("a wake", () => {
  it("is for one receive, the one that has waited longest", async () => {
    const { waiters, park, ends, clock } = aRoom();
    for (const name of ["a", "b", "c"]) park(name);

    waiters.wake(queue);
    await clock.settle();

    expect(ends).toEqual(["a: message"]);
  });

  it("for several messages is for as many", async () => {
    const { waiters, park, ends, clock } = aRoom();
    for (const name of ["a", "b", "c"]) park(name);

    waiters.wake(queue, 2);
    await clock.settle();

    expect(ends).toEqual(["a: message", "b: message"]);
  });

  it("is for its own queue", async () => {
    const { waiters, park, ends, clock } = aRoom();
    park("a", { queueId: "another" });

    waiters.wake(queue);
    await clock.settle();

    expect(ends).toEqual([]);
  });

  it("is not lost on a receive that is looking: its next wait is over at once", async () => {
    const { waiters, clock } = aRoom();
    const waiter = waiters.enter(queue);
    const until = { deadlineMs: clock.nowMs() + 1000, signal: never };

    waiters.wake(queue);
    const first = await waiters.wait(waiter, until);
    const second = waiters.wait(waiter, until);
    await clock.advance(1000);

    expect([first, await second]).toEqual(["message", "stop"]);
  });

  it("reaches one that is parked although others are looking", async () => {
    const { waiters, park, ends, clock } = aRoom();
    waiters.enter(queue);
    park("a");

    waiters.wake(queue);
    await clock.settle();

    expect(ends).toEqual(["a: message"]);
  });
});

describe("a wait", () => {
  it("ends at its deadline", async () => {
    const { park, ends, clock } = aRoom();
    park("a", { waitMs: 3000 });

    await clock.advance(2999);
    const before = [...ends];
    await clock.advance(1);

    expect([before, ends]).toEqual([[], ["a: stop"]]);
  });

  it("does not begin behind its deadline, whatever it has missed", async () => {
    const { waiters, clock } = aRoom();
    const waiter = waiters.enter(queue);
    waiters.wake(queue);

    expect(await waiters.wait(waiter, { deadlineMs: clock.nowMs(), signal: never })).toBe("stop");
  });

  it("is no longer than SQS allows when the clock is set back", async () => {
    const { park, ends, clock } = aRoom();
    clock.step(3_600_000);
    const { waiter } = park("a");
    clock.step(-3_600_000);
    waiter.wake?.("message");
    await clock.settle();
    park("b", { waitMs: 3_620_000 });

    await clock.advance(20_000);

    expect(ends).toEqual(["a: message", "b: stop"]);
  });

  it("ends when the caller hangs up, and does not begin when it has", async () => {
    const { park, ends, clock } = aRoom();
    const caller = new AbortController();
    park("a", { signal: caller.signal });

    caller.abort();
    park("b", { signal: caller.signal });
    await clock.settle();

    expect(ends.toSorted()).toEqual(["a: stop", "b: stop"]);
  });

  it("leaves no timer and no listener behind, however it ends", async () => {
    const { waiters, park, clock } = aRoom();
    const caller = new AbortController();
    const parked = ["a", "b", "c"].map((name) => park(name, { signal: caller.signal }));
    waiters.alarm(queue, clock.nowMs() + 5000);

    waiters.wake(queue);
    caller.abort();
    await Promise.all(parked.map(({ end }) => end));
    for (const { waiter } of parked) waiters.leave(waiter);

    expect(clock.pending).toBe(0);
    expect(waiters.isAwaited(queue)).toBe(false);
  });
});

describe("an alarm", () => {
  it("is heard by one that is parked, and those who are looking need not look again", async () => {
    const { waiters, park, ends, clock } = aRoom();
    const looking = waiters.enter(queue);
    park("a");
    waiters.alarm(queue, clock.nowMs() + 1000);

    await clock.advance(1000);
    const wait = waiters.wait(looking, { deadlineMs: clock.nowMs() + 1000, signal: never });
    await clock.advance(1000);

    expect(ends).toEqual(["a: alarm"]);
    expect(await wait).toBe("stop");
  });

  it("is not lost where all are looking: the next wait of each is over at once", async () => {
    const { waiters, clock } = aRoom();
    const looking = waiters.enter(queue);
    waiters.alarm(queue, clock.nowMs() + 1000);

    await clock.advance(1000);

    const until = { deadlineMs: clock.nowMs() + 1000, signal: never };
    expect(await waiters.wait(looking, until)).toBe("alarm");
  });

  it("takes no message's place that was missed as well", async () => {
    const { waiters, clock } = aRoom();
    const looking = waiters.enter(queue);
    waiters.wake(queue);
    waiters.alarm(queue, clock.nowMs() + 1000);

    await clock.advance(1000);

    const until = { deadlineMs: clock.nowMs() + 1000, signal: never };
    expect(await waiters.wait(looking, until)).toBe("message");
  });

  it("wakes one receive at its time, and says that it was the alarm", async () => {
    const { waiters, park, ends, clock } = aRoom();
    for (const name of ["a", "b"]) park(name);
    waiters.alarm(queue, clock.nowMs() + 5000);

    await clock.advance(4999);
    const before = [...ends];
    await clock.advance(1);
    await clock.settle();

    expect([before, ends]).toEqual([[], ["a: alarm"]]);
  });

  it("is covered by an earlier one, and covers a later one", async () => {
    const { waiters, park, ends, clock } = aRoom();
    for (const name of ["a", "b"]) park(name);
    for (const afterMs of [7000, 5000, 6000]) waiters.alarm(queue, clock.nowMs() + afterMs);

    await clock.advance(5000);
    await clock.settle();
    const early = [...ends];
    await clock.advance(5000);

    expect([early, ends]).toEqual([["a: alarm"], ["a: alarm"]]);
  });

  it("that is due goes off at once", async () => {
    const { waiters, park, ends, clock } = aRoom();
    park("a");

    waiters.alarm(queue, clock.nowMs() - 10);
    await clock.advance(0);
    await clock.settle();

    expect(ends).toEqual(["a: alarm"]);
  });

  it.each([
    { what: "nobody waits", isAwaited: false, afterMs: 10 },
    { what: "nobody waits so long", isAwaited: true, afterMs: 20_001 },
    { what: "nothing will come", isAwaited: true, afterMs: Infinity },
  ])("is not set where $what", ({ isAwaited, afterMs }) => {
    const { waiters, clock } = aRoom();
    if (isAwaited) waiters.enter(queue);

    waiters.alarm(queue, clock.nowMs() + afterMs);

    expect(clock.pending).toBe(0);
  });

  it("is called off when the last receive leaves", () => {
    const { waiters, clock } = aRoom();
    const [first, last] = [waiters.enter(queue), waiters.enter(queue)];
    waiters.alarm(queue, clock.nowMs() + 10);

    waiters.leave(first);
    const whileOneWaits = clock.pending;
    waiters.leave(last);

    expect([whileOneWaits, clock.pending]).toEqual([1, 0]);
  });
});

describe("a release", () => {
  it("of a queue ends its waits, and has those look that are not parked", async () => {
    const { waiters, park, ends, clock } = aRoom();
    park("a");
    park("b", { queueId: "another" });
    const looking = waiters.enter(queue);

    waiters.releaseQueue(queue);
    await clock.settle();

    expect(ends).toEqual(["a: stop"]);
    const until = { deadlineMs: clock.nowMs() + 1000, signal: never };
    expect(await waiters.wait(looking, until)).toBe("message");
  });

  it("of all ends every wait, and lets nobody wait from then on", async () => {
    const { waiters, park, ends, clock } = aRoom();
    park("a");
    park("b", { queueId: "another" });

    waiters.releaseAll();
    park("c");
    await clock.settle();

    expect(ends.toSorted()).toEqual(["a: stop", "b: stop", "c: stop"]);
  });
});

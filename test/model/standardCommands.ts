import fc from "fast-check";
import { expect } from "vitest";
import type { MovedClock, TestQueue } from "../compatibility/testQueue.ts";
import type { Queue, StandardModel } from "./standardModel.ts";
import { Wait } from "./wait.ts";

/** The real thing: two queues of a server, reached by Amazon's SDK over HTTP. */
export interface StandardQueues {
  readonly source: TestQueue;
  readonly dead: TestQueue;
  readonly clock: MovedClock;
  /** Whether a receive finds all there is, as nobody else can write. */
  readonly isExact: boolean;
  /** A body that was never sent before. */
  readonly newBody: () => string;
}

type Command = fc.AsyncCommand<StandardModel, StandardQueues>;

/** Programs of API calls. */
export const standardPrograms = (maxCommands: number) =>
  fc.commands<StandardModel, StandardQueues, false>(
    [
      fc.record({ delay, size: fc.constantFrom(1, 1, 3, 10) }).map((sends) => new Send(sends)),
      receives.map((receive) => new Receive("source", receive)),
      receives.map((receive) => new Receive("source", receive)),
      receives.map((receive) => new Receive("dead", receive)),
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }).map((places) => new Delete(places)),
      fc.record({ place: fc.nat(), seconds }).map((change) => new ChangeVisibility(change)),
      fc.constantFrom(1, 10, 29, 31, 600).map((passed) => new Wait(passed)),
      fc.constant(new Count()),
      fc.constantFrom<Queue>("source", "dead").map((queue) => new Purge(queue)),
    ],
    { maxCommands, size: "max" },
  );

/** Receives, for longer than anybody looks, whatever comes of both queues in half an hour. */
export async function drain(model: StandardModel, real: StandardQueues): Promise<void> {
  for (let empty = 0; empty < 3; empty += 1) {
    real.clock.advance(600_137);
    for (const queue of ["source", "dead"] as const) {
      const receive = new Receive(queue, { most: 10, timeout: 43_199 });
      while ((await receive.receive(model, real)) > 0) empty = 0;
    }
  }
}

const delay = fc.constantFrom(undefined, undefined, 0, 5, 900);
const seconds = fc.constantFrom(0, 0, 1, 60, 43_199, 43_200);
const receives = fc.record({
  most: fc.constantFrom(1, 2, 10, 10),
  timeout: fc.constantFrom(undefined, 0, 5, 40),
});

class Send implements Command {
  readonly #delay: number | undefined;
  readonly #size: number;

  constructor({ delay, size }: { delay: number | undefined; size: number }) {
    this.#delay = delay;
    this.#size = size;
  }

  check = () => true;

  async run(model: StandardModel, { source, clock, newBody }: StandardQueues): Promise<void> {
    const bodies = Array.from({ length: this.#size }, newBody);
    const delayed = this.#delay === undefined ? {} : { DelaySeconds: this.#delay };
    const [only = ""] = bodies;
    if (bodies.length === 1) await source.send(only, delayed);
    else {
      const entries = bodies.map((MessageBody, Id) => ({ Id: `${Id}`, MessageBody, ...delayed }));
      const { Failed = [] } = await source.sendBatch(entries);
      expect(Failed).toEqual([]);
    }
    for (const body of bodies) model.sends(body, clock.nowMs(), this.#delay ?? 0);
  }

  toString = () => `send ${this.#size}, delayed by ${this.#delay}`;
}

class Receive implements Command {
  readonly #queue: Queue;
  readonly #most: number;
  readonly #timeout: number | undefined;

  constructor(queue: Queue, { most, timeout }: { most: number; timeout: number | undefined }) {
    this.#queue = queue;
    this.#most = most;
    this.#timeout = timeout;
  }

  check = () => true;

  async run(model: StandardModel, real: StandardQueues): Promise<void> {
    await this.receive(model, real);
  }

  /** Answers how many came. */
  async receive(model: StandardModel, real: StandardQueues): Promise<number> {
    const { clock, isExact } = real;
    const [least, most] = this.#bounds(model, clock.nowMs());
    const messages = await real[this.#queue].receive({
      MaxNumberOfMessages: this.#most,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      ...(this.#timeout !== undefined && { VisibilityTimeout: this.#timeout }),
    });
    expect(messages.length).toBeLessThanOrEqual(most);
    // Messages that stay available may hide others from the receive that has them already.
    const sure = this.#timeout === 0 ? Math.min(1, least) : least;
    if (isExact) expect(messages.length).toBeGreaterThanOrEqual(sure);
    const bodies = new Set(messages.map(({ Body = "" }) => Body));
    expect(bodies.size).toBe(messages.length);
    for (const { Body = "", ReceiptHandle = "", Attributes } of messages) {
      const received = {
        body: Body,
        handle: ReceiptHandle,
        receiveCount: Number(Attributes?.ApproximateReceiveCount),
        timeoutSeconds: this.#timeout ?? model.visibilityTimeoutSeconds,
      };
      model.received(this.#queue, received, clock.nowMs());
    }
    const sawAll = isExact && this.#timeout !== 0 && messages.length < this.#most;
    if (sawAll && this.#queue === "source") {
      model.hasLookedAtAll(bodies, clock.nowMs());
    }
    return messages.length;
  }

  #bounds(model: StandardModel, nowMs: number): readonly [least: number, most: number] {
    if (this.#queue === "source") {
      const there = Math.min(this.#most, model.receivable(nowMs).length);
      return [there, there];
    }
    const { sure, most } = model.dead(nowMs);
    return [Math.min(this.#most, sure.length), Math.min(this.#most, most)];
  }

  toString = () => `receive ${this.#most} from ${this.#queue} for ${this.#timeout}`;
}

class Delete implements Command {
  readonly #places: readonly number[];

  constructor(places: readonly number[]) {
    this.#places = places;
  }

  check = ({ handles }: Readonly<StandardModel>) => handles.length > 0;

  async run(model: StandardModel, real: StandardQueues): Promise<void> {
    for (const place of this.#places) {
      const handle = model.handles.at(place % model.handles.length);
      if (handle === undefined) continue;
      await real[handle.queue].delete(handle.handle);
      model.deletes(handle, real.clock.nowMs());
    }
  }

  toString = () => `delete ${this.#places}`;
}

class ChangeVisibility implements Command {
  readonly #place: number;
  readonly #seconds: number;

  constructor({ place, seconds }: { place: number; seconds: number }) {
    this.#place = place;
    this.#seconds = seconds;
  }

  /** What becomes of a message that may have been moved cannot be said. */
  check = ({ handles }: Readonly<StandardModel>) => handles.length > 0;

  async run(model: StandardModel, real: StandardQueues): Promise<void> {
    const handle = model.handles.at(this.#place % model.handles.length);
    if (handle === undefined) return;
    const expected = model.changesVisibility(handle, this.#seconds, real.clock.nowMs());
    if (expected === undefined) return;
    const changing = real[handle.queue].changeVisibility(handle.handle, this.#seconds);
    if (expected === "done") await changing;
    else await expect(changing).rejects.toMatchObject({ name: "InvalidParameterValue" });
  }

  toString = () => `change visibility of ${this.#place} to ${this.#seconds}`;
}

class Count implements Command {
  check = () => true;

  async run(model: StandardModel, { source, clock }: StandardQueues): Promise<void> {
    const expected = model.counts(clock.nowMs());
    if (expected !== undefined) expect(await source.counts()).toEqual(expected);
  }

  toString = () => "count";
}

class Purge implements Command {
  readonly #queue: Queue;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Whether a purge reaches a message that may have been moved cannot be said. */
  check = () => true;

  async run(model: StandardModel, real: StandardQueues): Promise<void> {
    const nowMs = real.clock.nowMs();
    const { sure, most } = model.dead(nowMs);
    if (most > sure.length) return;
    await real[this.#queue].purge();
    model.purges(this.#queue);
  }

  toString = () => `purge ${this.#queue}`;
}

import fc from "fast-check";
import { expect } from "vitest";
import type { MovedClock, TestQueue } from "../compatibility/testQueue.ts";
import type { FifoModel, Sent } from "./fifoModel.ts";
import { Wait } from "./wait.ts";

/** The real thing: a FIFO queue of a server, reached by Amazon's SDK over HTTP. */
export interface RealFifo {
  readonly queue: TestQueue;
  readonly clock: MovedClock;
  /** Whether a receive finds all there is, as nobody else can write. */
  readonly isExact: boolean;
  /** A body that was never sent before. */
  readonly newBody: () => string;
  /** By body: what a send of it was answered. */
  readonly answers: Map<string, SendAnswer>;
}

interface SendAnswer {
  readonly MessageId?: string | undefined;
  readonly SequenceNumber?: string | undefined;
}

type Command = fc.AsyncCommand<FifoModel, RealFifo>;

/** Programs of API calls. */
export const fifoPrograms = (maxCommands: number) =>
  fc.commands<FifoModel, RealFifo, false>(
    [
      fc.array(sends, { minLength: 1, maxLength: 5 }).map((all) => new Send(all)),
      fc.array(sends, { minLength: 1, maxLength: 10 }).map((all) => new Send(all)),
      receives.map((receive) => new Receive(receive)),
      receives.map((receive) => new Receive(receive)),
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }).map((places) => new Delete(places)),
      fc.record({ place: fc.nat(), seconds }).map((change) => new ChangeVisibility(change)),
      fc.constantFrom(1, 10, 29, 31, 299, 301).map((passed) => new Wait(passed)),
      fc.constant(new Count()),
      fc.constant(new Purge()),
    ],
    { maxCommands, size: "max" },
  );

/** Receives and deletes until nothing comes, so that what is stuck shows. */
export async function drain(model: FifoModel, real: RealFifo): Promise<void> {
  for (let empty = 0; empty < 3; empty += 1) {
    real.clock.advance(43_200_137);
    while ((await new Receive({ most: 10, timeout: 600 }).receive(model, real)) > 0) {
      empty = 0;
      const places = Array.from({ length: 10 }, (_, index) => model.handles.length - 1 - index);
      await new Delete(places.filter((place) => place >= 0)).run(model, real);
    }
  }
}

const sends = fc.record({
  group: fc.constantFrom("a", "b", "c"),
  /** One of a few, or one of its own. */
  deduplicationId: fc.constantFrom("1", "2", undefined, undefined, undefined),
});
const seconds = fc.constantFrom(0, 0, 1, 60, 43_200);
const receives = fc.record({
  most: fc.constantFrom(1, 2, 10, 10),
  timeout: fc.constantFrom(undefined, 0, 5, 40),
});

interface Intent {
  readonly group: string;
  readonly deduplicationId: string | undefined;
}

class Send implements Command {
  readonly #all: readonly Intent[];

  constructor(all: readonly Intent[]) {
    this.#all = all;
  }

  check = () => true;

  async run(model: FifoModel, { queue, clock, newBody, answers }: RealFifo): Promise<void> {
    const messages = this.#all.map(({ group, deduplicationId }): Sent => {
      const body = newBody();
      return { body, group, deduplicationId: deduplicationId ?? body };
    });
    const results = await send(queue, messages);
    for (const [index, message] of messages.entries()) {
      const original = model.sends(message, clock.nowMs());
      const answer = results[index] ?? {};
      if (original === message.body) answers.set(original, answer);
      expect(answer).toEqual(answers.get(original));
    }
  }

  toString = () =>
    `send ${this.#all.map(({ group, deduplicationId = "" }) => group + deduplicationId)}`;
}

async function send(queue: TestQueue, messages: readonly Sent[]): Promise<readonly SendAnswer[]> {
  const ids = ({ group, deduplicationId }: Sent) => ({
    MessageGroupId: group,
    MessageDeduplicationId: deduplicationId,
  });
  const [only] = messages;
  if (messages.length === 1 && only !== undefined) {
    const { MessageId, SequenceNumber } = await queue.send(only.body, ids(only));
    return [{ MessageId, SequenceNumber }];
  }
  const { Successful = [], Failed = [] } = await queue.sendBatch(
    messages.map((message, index) => ({
      Id: `${index}`,
      MessageBody: message.body,
      ...ids(message),
    })),
  );
  expect(Failed).toEqual([]);
  return Successful.toSorted((left, right) => Number(left.Id) - Number(right.Id)).map(
    ({ MessageId, SequenceNumber }) => ({ MessageId, SequenceNumber }),
  );
}

class Receive implements Command {
  readonly #most: number;
  readonly #timeout: number | undefined;

  constructor({ most, timeout }: { most: number; timeout: number | undefined }) {
    this.#most = most;
    this.#timeout = timeout;
  }

  check = () => true;

  async run(model: FifoModel, real: RealFifo): Promise<void> {
    await this.receive(model, real);
  }

  /** Answers how many came. */
  async receive(model: FifoModel, { queue, clock, isExact }: RealFifo): Promise<number> {
    const there = Math.min(this.#most, model.receivable(clock.nowMs()));
    const messages = await queue.receive({
      MaxNumberOfMessages: this.#most,
      MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId"],
      ...(this.#timeout !== undefined && { VisibilityTimeout: this.#timeout }),
    });
    if (isExact) expect(messages.length).toBe(there);
    model.received(
      messages.map(({ Body = "", ReceiptHandle = "", Attributes = {} }) => ({
        body: Body,
        group: Attributes.MessageGroupId ?? "",
        handle: ReceiptHandle,
        receiveCount: Number(Attributes.ApproximateReceiveCount),
      })),
      this.#timeout ?? model.visibilityTimeoutSeconds,
      clock.nowMs(),
    );
    return messages.length;
  }

  toString = () => `receive ${this.#most} for ${this.#timeout}`;
}

class Delete implements Command {
  readonly #places: readonly number[];

  constructor(places: readonly number[]) {
    this.#places = places;
  }

  check = ({ handles }: Readonly<FifoModel>) => handles.length > 0;

  async run(model: FifoModel, { queue, clock }: RealFifo): Promise<void> {
    for (const place of this.#places) {
      const handle = model.handles.at(place % model.handles.length);
      if (handle === undefined) continue;
      const expected = model.deletes(handle, clock.nowMs());
      await answers(queue.delete(handle.handle), expected);
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

  check = ({ handles }: Readonly<FifoModel>) => handles.length > 0;

  async run(model: FifoModel, { queue, clock }: RealFifo): Promise<void> {
    const handle = model.handles.at(this.#place % model.handles.length);
    if (handle === undefined) return;
    const expected = model.changesVisibility(handle, this.#seconds, clock.nowMs());
    await answers(queue.changeVisibility(handle.handle, this.#seconds), expected);
  }

  toString = () => `change visibility of ${this.#place} to ${this.#seconds}`;
}

async function answers(call: Promise<unknown>, expected: "done" | "refused"): Promise<void> {
  if (expected === "done") await call;
  else await expect(call).rejects.toMatchObject({ name: "InvalidParameterValue" });
}

class Count implements Command {
  check = () => true;

  async run(model: FifoModel, { queue, clock }: RealFifo): Promise<void> {
    const { available, inFlight } = await queue.counts();
    expect({ available, inFlight }).toEqual(model.counts(clock.nowMs()));
  }

  toString = () => "count";
}

class Purge implements Command {
  check = () => true;

  async run(model: FifoModel, { queue }: RealFifo): Promise<void> {
    await queue.purge();
    model.purges();
  }

  toString = () => "purge";
}

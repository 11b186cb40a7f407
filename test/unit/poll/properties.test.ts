import { describe, expect, it } from "vitest";
import type { PolledQueue } from "#poll/queue.ts";
import type { WorkerAnswer } from "#poll/worker.ts";
import { SeededRandom } from "../../support/seededRandom.ts";
import {
  type EventRecord,
  failure,
  type Invocation,
  PollWorld,
  plainApi,
  reporting,
  success,
  throttle,
} from "./pollWorld.ts";

const messagesOfRun = 24;
const groups = ["a", "b", "c"];
const visibilitySeconds = 10;
const hoursMax = 6;

/** What has become of one message, as the world outside of the poller knows it. */
interface Life {
  /** Times a worker has begun with it. */
  begun: number;
  /** Whether a worker has handled it. */
  isHandled: boolean;
  isDeleted: boolean;
  /** Whether an invocation of a poller that lives has it now. */
  isInHand: boolean;
}

interface Circumstances {
  readonly seed: number;
  readonly isFifo: boolean;
  /** Whether pollers die in the middle of things. */
  readonly hasCrashes: boolean;
  readonly isPlainApi: boolean;
}

/** Two pollers at work on one queue, and what must hold at every moment of it. */
class Run {
  readonly #circumstances: Circumstances;
  readonly #random: SeededRandom;
  readonly #lives = new Map<string, Life>();
  readonly #bodyOfHandle = new Map<string, string>();
  /** Told at the end: the poller would take what is thrown at it for an outage. */
  readonly #violations: string[] = [];
  #throttledUntilMs = 0;
  #world!: PollWorld;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
    this.#random = new SeededRandom(circumstances.seed);
  }

  async run(): Promise<void> {
    const { isFifo, seed } = this.#circumstances;
    const name = isFifo ? "orders.fifo" : "orders";
    const attributes = { VisibilityTimeout: `${visibilitySeconds}` };
    this.#world = await PollWorld.open(attributes, { name, seed });
    for (let number = 0; number < messagesOfRun; number += 1) {
      const group = this.#random.pick(groups) ?? "a";
      const body = `${group}${number}`;
      const life = { begun: 0, isHandled: false, isDeleted: false, isInHand: false };
      this.#lives.set(body, life);
      if (isFifo) await this.#world.sendTo(group, body);
      else await this.#world.send(body);
    }
    await Promise.all([this.#pollUntilDone(), this.#pollUntilDone(), this.#passTime()]);
    expect(this.#violations).toEqual([]);
    expect(this.#isDone).toBe(true);
    expect(await this.#world.counts()).toEqual({ available: 0, inFlight: 0 });
  }

  #demand(holds: boolean, violation: string): void {
    if (!holds) this.#violations.push(violation);
  }

  /** Also when something is wrong: the first violation is the one to look at. */
  get #isOver(): boolean {
    return this.#isDone || this.#violations.length > 0;
  }

  get #isDone(): boolean {
    return [...this.#lives.values()].every(({ isDeleted }) => isDeleted);
  }

  async #passTime(): Promise<void> {
    const endMs = this.#world.clock.nowMs() + hoursMax * 3_600_000;
    while (!this.#isOver && this.#world.clock.nowMs() < endMs) await this.#world.clock.advance(500);
    this.#demand(this.#isOver, "all is delivered in time");
    // For pollers to see it.
    await this.#world.clock.advance(120_000);
  }

  /** One poller after the other, as each stops or dies. */
  async #pollUntilDone(): Promise<void> {
    while (!this.#isOver) await this.#pollOnce();
  }

  async #pollOnce(): Promise<void> {
    const { isPlainApi, hasCrashes } = this.#circumstances;
    const stop = new AbortController();
    const poller = { isDead: false };
    const lifeMs = 5000 + this.#random.below(60_000);
    const crashes = hasCrashes && this.#random.oneIn(2);
    this.#world.clock.after(lifeMs, () => {
      poller.isDead = crashes;
      stop.abort();
    });
    await this.#world.run((invocation) => this.#work(invocation, poller), {
      queue: (queue) => this.#watched(isPlainApi ? plainApi(queue) : queue, poller),
      stop: stop.signal,
      endsWhen: "stopped",
      finishMsMax: crashes ? 0 : 3_600_000,
      batchSize: 1 + this.#random.below(10),
      concurrencyMax: 1 + this.#random.below(3),
      waitSeconds: this.#random.below(3),
      ...(this.#random.oneIn(2) && { retrySeconds: this.#random.below(4) }),
    });
  }

  /** A poller that is dead calls nobody. Deletions are judged before they happen. */
  #watched(queue: PolledQueue, poller: { readonly isDead: boolean }): PolledQueue {
    const { isFifo } = this.#circumstances;
    const alive = (): void => {
      if (poller.isDead) throw new Error("dead");
    };
    const { putBack } = queue;
    return {
      receiveMessage: async (...given) => {
        alive();
        const output = await queue.receiveMessage(...given);
        for (const { ReceiptHandle = "", Body = "" } of output.Messages ?? []) {
          this.#bodyOfHandle.set(ReceiptHandle, Body);
        }
        alive();
        return output;
      },
      deleteMessageBatch: async (input) => {
        alive();
        for (const { ReceiptHandle = "" } of input.Entries ?? []) {
          const body = this.#bodyOfHandle.get(ReceiptHandle) ?? "";
          const life = this.#lifeOf(body);
          this.#demand(life.isHandled, `${body} was deleted and had not succeeded`);
          if (isFifo) this.#judgeDeletion(body);
          life.isDeleted = true;
        }
        return await queue.deleteMessageBatch(input);
      },
      changeMessageVisibilityBatch: async (input) => {
        alive();
        return await queue.changeMessageVisibilityBatch(input);
      },
      getQueueAttributes: async (input) => {
        return await queue.getQueueAttributes(input);
      },
      ...(putBack && {
        putBack: async (handles) => {
          alive();
          await putBack(handles);
        },
      }),
    };
  }

  #lifeOf(body: string): Life {
    const life = this.#lives.get(body);
    if (life === undefined) throw new Error(`nobody sent ${body}`);
    return life;
  }

  async #work(
    { records }: Invocation,
    poller: { readonly isDead: boolean },
  ): Promise<WorkerAnswer> {
    if (poller.isDead) return { kind: "lost", reason: "dead" };
    const nowMs = this.#world.clock.nowMs();
    if (this.#random.oneIn(20)) this.#throttledUntilMs = nowMs + this.#random.below(20_000);
    if (nowMs < this.#throttledUntilMs) return throttle;
    this.#judge(records);
    for (const { body } of records) {
      const life = this.#lifeOf(body);
      life.begun += 1;
      life.isInHand = true;
    }
    await this.#workFor(poller);
    for (const { body } of records) this.#lifeOf(body).isInHand = false;
    if (poller.isDead) return { kind: "lost", reason: "dead" };
    return this.#outcome(records);
  }

  /** Now and then for many times the visibility timeout; cut short by the death of the poller. */
  async #workFor(poller: { readonly isDead: boolean }): Promise<void> {
    const seconds = this.#random.oneIn(6) ? this.#random.below(visibilitySeconds * 8) : 1;
    for (let passed = 0; passed < seconds && !poller.isDead; passed += 1) {
      await this.#world.takes(1000);
    }
  }

  #judge(records: readonly EventRecord[]): void {
    const { hasCrashes, isFifo, isPlainApi } = this.#circumstances;
    for (const { body, attributes } of records) {
      const life = this.#lifeOf(body);
      this.#demand(!life.isInHand, `${body} was given to a second worker`);
      this.#demand(!life.isDeleted, `${body} was given out after its deletion`);
      // A crash, and over the plain API a stop, may cost a receive that no worker has seen.
      if (hasCrashes || isPlainApi) continue;
      const count = attributes["ApproximateReceiveCount"];
      const counted = `${body} had been begun ${life.begun} times and was received ${count} times`;
      this.#demand(count === `${life.begun + 1}`, counted);
    }
    if (isFifo) this.#judgeOrder(records.map(({ body }) => body));
  }

  /** All that was sent before, to the same group, is gone or comes before in the same batch. */
  #judgeOrder(bodies: readonly string[]): void {
    const all = [...this.#lives.keys()];
    for (const [place, body] of bodies.entries()) {
      const earlier = all.slice(0, all.indexOf(body)).filter((each) => each[0] === body[0]);
      const open = earlier.filter((each) => !this.#lifeOf(each).isDeleted);
      const isInOrder = open.every((each) => bodies.slice(0, place).includes(each));
      this.#demand(isInOrder, `${body} came before ${open}`);
      const busy = all.filter((each) => each[0] === body[0] && this.#lifeOf(each).isInHand);
      this.#demand(busy.length === 0, `${body} was given out while ${busy} was worked on`);
    }
  }

  /** What is deleted ahead of a failure in its group would be handled out of order. */
  #judgeDeletion(body: string): void {
    const all = [...this.#lives.keys()];
    const earlier = all.slice(0, all.indexOf(body)).filter((each) => each[0] === body[0]);
    const failed = earlier.filter((each) => !this.#lifeOf(each).isHandled);
    this.#demand(failed.length === 0, `${body} was deleted ahead of ${failed}`);
  }

  #outcome(records: readonly EventRecord[]): WorkerAnswer {
    switch (this.#random.below(8)) {
      case 0:
        return failure;
      case 1:
        return { kind: "lost", reason: "no answer" };
      case 2:
        return { kind: "succeeded", payload: "neither this nor that" };
      case 3:
      case 4: {
        const failed = records.filter(() => this.#random.oneIn(2));
        for (const record of records) {
          if (!failed.includes(record)) this.#lifeOf(record.body).isHandled = true;
        }
        return reporting(failed);
      }
      default:
        for (const { body } of records) this.#lifeOf(body).isHandled = true;
        return success;
    }
  }
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

describe.each([
  { isFifo: false, hasCrashes: false, isPlainApi: false },
  { isFifo: false, hasCrashes: true, isPlainApi: true },
  { isFifo: true, hasCrashes: false, isPlainApi: false },
  { isFifo: true, hasCrashes: true, isPlainApi: false },
  { isFifo: true, hasCrashes: true, isPlainApi: true },
])("two pollers, a worker of many moods: %o", (circumstances) => {
  it.each(seeds)(
    "deliver everything, in order and to one worker at a time; seed %i",
    async (seed) => {
      await new Run({ ...circumstances, seed }).run();
    },
  );
});

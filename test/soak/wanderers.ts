import assert from "node:assert/strict";
import { SqsError } from "#contract/errors.ts";
import type { Engine } from "#engine/engine.ts";
import type { Random } from "#engine/random.ts";
import { bodiesOf } from "../../bench/bodies.ts";
import { openEngineQueue } from "../../bench/engineQueue.ts";
import { type Account, Ledger } from "../../bench/ledger.ts";
import { numbersTo } from "../../bench/load.ts";
import type { Delivery, QueueClient } from "../../bench/queueClient.ts";
import { type Chance, oneOf, seededRandom, wholeBelow } from "../../bench/seededRandom.ts";

/** A clock that moves when told. Nothing here waits on it. */
export class SteppedClock {
  #nowMs = 1_760_000_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  after(): () => void {
    return () => undefined;
  }

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}

export interface WanderOptions {
  /** All serve the same table. */
  readonly engines: readonly Engine[];
  readonly clock: SteppedClock;
  readonly total: number;
  readonly seed: number;
}

/** The engine's luck, the same for the same seed. Two engines need two seeds. */
export function seededLuck(seed: number): Random {
  const chance = seededRandom(seed);
  return {
    hex: (bytes) =>
      Array.from({ length: bytes }, () =>
        (256 + wholeBelow(chance, 256)).toString(16).slice(1),
      ).join(""),
    below: (below) => wholeBelow(chance, below),
  };
}

/** A message that somebody has received, and what he will do with it. */
interface Held {
  readonly queue: QueueClient;
  readonly delivery: Delivery;
  readonly untilMs: number;
  readonly fate: Fate;
}

/**
 * What becomes of a held message: most are deleted in time; some are let go, handed back, kept for
 * longer, or deleted when their time is long over.
 */
type Fate = "deleteInTime" | "letTimeOut" | "handBack" | "keepLonger" | "deleteLate";

const timeoutSecondsMax = 5;
const stepMsMax = 700;
const stepsMax = 3000;
/** Whoever meets a message this often deletes it, so that a run ends. */
const receivesMax = 5;

/**
 * Sends, receives, deletes and changes visibility at random, many calls at once, with time moving
 * only between steps: whatever is seen while a visibility timeout runs is seen for certain. Ends when
 * everything that was sent is deleted, or after `stepsMax` steps.
 */
export async function wander({ engines, clock, total, seed }: WanderOptions): Promise<Account> {
  const queues = await Promise.all(engines.map((engine) => openEngineQueue(engine, "wander")));
  const [first, ...others] = queues;
  if (first === undefined) throw new Error("expected at least one engine");
  const world = new World([first, ...others], clock, seededRandom(seed), total);
  for (let step = 0; step < stepsMax && !world.isOver; step += 1) {
    await world.step();
    clock.pass(world.pauseMs());
  }
  clock.pass(timeoutSecondsMax * 2 * 1000);
  await world.receive();
  return world.account();
}

class World {
  readonly #queues: readonly [QueueClient, ...QueueClient[]];
  readonly #clock: SteppedClock;
  readonly #chance: Chance;
  readonly #total: number;
  readonly #ledger = new Ledger();
  readonly #numbers;
  readonly #bodyOf = bodiesOf(120);
  readonly #refused: string[] = [];
  #held: readonly Held[] = [];

  constructor(
    queues: readonly [QueueClient, ...QueueClient[]],
    clock: SteppedClock,
    chance: Chance,
    total: number,
  ) {
    this.#queues = queues;
    this.#clock = clock;
    this.#chance = chance;
    this.#total = total;
    this.#numbers = numbersTo(total);
  }

  get isOver(): boolean {
    return this.#ledger.deleted === this.#total;
  }

  account(): Account {
    return this.#ledger.account();
  }

  pauseMs(): number {
    return wholeBelow(this.#chance, stepMsMax);
  }

  async step(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    await Promise.all([
      ...Array.from({ length: 3 }, () => this.#send()),
      ...Array.from({ length: 6 }, () => this.receive()),
      ...held.map((each) => this.#goOn(each)),
    ]);
    // Only what somebody deletes late, at the same moment, can refuse its holder.
    const alive = this.#refused.filter((body) => !this.#ledger.isDeleted(body));
    assert.deepEqual(alive, [], "expected only a deleted message to refuse a change of visibility");
  }

  async #send(): Promise<void> {
    const numbers = this.#numbers.next(1 + wholeBelow(this.#chance, 10));
    if (numbers.length === 0) return;
    for (const number of numbers) this.#ledger.sends(number);
    await oneOf(this.#chance, this.#queues).send(numbers.map(this.#bodyOf));
    for (const number of numbers) this.#ledger.hasSent(number);
  }

  /** Receives some messages, and settles what will become of them. */
  async receive(): Promise<void> {
    const queue = oneOf(this.#chance, this.#queues);
    const most = 1 + wholeBelow(this.#chance, 10);
    const visibilityTimeoutSeconds = 1 + wholeBelow(this.#chance, timeoutSecondsMax);
    const nowMs = this.#clock.nowMs();
    const deliveries = await queue.receive({ most, visibilityTimeoutSeconds, waitSeconds: 0 });
    const visibilityTimeoutMs = visibilityTimeoutSeconds * 1000;
    const times = { startedMs: nowMs, endedMs: nowMs, visibilityTimeoutMs };
    for (const delivery of deliveries) {
      this.#ledger.hasReceived(delivery, times);
      const untilMs = nowMs + visibilityTimeoutMs;
      this.#hold({ queue, delivery, untilMs, fate: this.#fateOf(delivery) });
    }
  }

  #hold(held: Held): void {
    this.#held = [...this.#held, held];
  }

  #fateOf({ receiveCount }: Delivery): Fate {
    if (receiveCount >= receivesMax) return "deleteInTime";
    return oneOf<Fate>(this.#chance, [
      "deleteInTime",
      "deleteInTime",
      "deleteInTime",
      "letTimeOut",
      "handBack",
      "keepLonger",
      "deleteLate",
    ]);
  }

  async #goOn(held: Held): Promise<void> {
    const isHidden = this.#clock.nowMs() < held.untilMs;
    switch (held.fate) {
      case "deleteInTime":
        // The clock may have jumped past the timeout: then it is somebody else's turn.
        if (isHidden) await this.#delete(held);
        return;
      case "letTimeOut":
        return;
      case "handBack":
        if (isHidden) await this.#changeVisibility(held, 0);
        return;
      case "keepLonger":
        if (isHidden) await this.#changeVisibility(held, timeoutSecondsMax);
        return;
      case "deleteLate":
        if (isHidden) this.#hold(held);
        else await this.#delete(held);
    }
  }

  async #delete({ queue, delivery }: Held): Promise<void> {
    await queue.delete([delivery.receiptHandle]);
    this.#ledger.hasDeleted(delivery.body, this.#clock.nowMs());
  }

  async #changeVisibility(held: Held, seconds: number): Promise<void> {
    const { queue, delivery } = held;
    const nowMs = this.#clock.nowMs();
    // A message that is handed back may be received by others before we are told that it was.
    if (seconds === 0) this.#ledger.hasChangedVisibility(delivery.body, nowMs, 0);
    try {
      await queue.changeVisibility(delivery.receiptHandle, seconds);
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      this.#refused.push(delivery.body);
      return;
    }
    if (seconds === 0) return;
    this.#ledger.hasChangedVisibility(delivery.body, nowMs, seconds * 1000);
    this.#hold({ ...held, untilMs: nowMs + seconds * 1000, fate: "deleteInTime" });
  }
}

import { visibilityTimeoutSecondsDefault } from "#contract/limits.ts";
import { gather } from "./gather.ts";
import { type Handled, type Handling, handleBatch } from "./handleBatch.ts";
import { Hold } from "./hold.ts";
import type { Message } from "./lambdaEvent.ts";
import type { Clock, PollLog, Random } from "./platform.ts";
import { type PolledQueue, type QueueFacts, queueFacts } from "./queue.ts";
import { type PollSettings, settingsProblems } from "./settings.ts";
import { giveBack } from "./settle.ts";
import { Bell, backoffMs } from "./waiting.ts";
import type { Worker } from "./worker.ts";

export interface PollOptions {
  readonly queue: PolledQueue;
  readonly worker: Worker;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: PollLog;
  readonly settings: PollSettings;
  /** Whether to leave when the queue is empty, or only when told. */
  readonly endsWhen: "empty" | "stopped";
  /** Aborted when no new batches may begin. */
  readonly stop: AbortSignal;
  /**
   * Asked once, with the first messages in hand, whether a worker may have any: if not, they are given
   * back and the run ends. Default: one may.
   */
  readonly mayBegin?: () => Promise<boolean>;
  /** For how long running invocations may go on after that. */
  readonly finishMsMax: number;
  /** For how long to hold messages for a throttled worker. Default: as the queue makes sensible. */
  readonly throttledMsMax?: number;
}

/** What a run came to, in messages. */
export interface PollSummary {
  readonly received: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly givenBack: number;
}

/** Giving back costs nothing where it can be undone; elsewhere it costs one more receive. */
const throttledMs = { whereGivenBack: 5000, elsewhere: 12 * 3600 * 1000 };
const troubleBackoff = { firstMs: 200, maxMs: 30_000 };
/** A run that is to end does not go on for ever about a queue that is out of reach. */
const receiveFailuresMax = 5;
/** A queue that does not wait is not asked again at once. */
const idleMs = 1000;

/**
 * Polls a queue and hands its messages to a worker, in batches, until it is empty or until told to
 * stop. Deletes what succeeded and nothing else. When it resolves nothing is held: running invocations
 * have ended or were cut off, and what no worker has had is given back. Rejects if the queue is not to
 * be had or the settings do not fit it.
 */
export async function poll(options: PollOptions): Promise<PollSummary> {
  const facts = await queueFacts(options.queue);
  const problems = settingsProblems(options.settings, facts);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return await new Poller(options, facts).run();
}

class Poller {
  readonly #options: PollOptions;
  readonly #facts: QueueFacts;
  readonly #hold: Hold;
  readonly #timeoutSeconds: number;
  readonly #handling: Handling;
  readonly #bell = new Bell();
  readonly #cut = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** The end of the last batch that has messages of a group, of a FIFO queue. */
  readonly #lastOfGroup = new Map<string, Promise<void>>();
  readonly #summary = { received: 0, succeeded: 0, failed: 0, givenBack: 0 };
  /** Batches whose worker is being asked again. */
  #throttled = 0;
  #settled = 0;
  #troubles = 0;
  #receiveFailures = 0;
  #pausedUntilMs = 0;
  #cancelPause = (): void => {};
  #hasBegun = false;
  #isDone = false;

  constructor(options: PollOptions, facts: QueueFacts) {
    const { queue, clock, log, settings } = options;
    this.#options = options;
    this.#facts = facts;
    // A queue that hides nothing would hand out again what a worker has just begun with.
    this.#timeoutSeconds =
      settings.visibilityTimeoutSeconds ??
      (facts.visibilityTimeoutSeconds || visibilityTimeoutSecondsDefault);
    this.#hold = new Hold({ queue, clock, log, timeoutSeconds: this.#timeoutSeconds });
    const { whereGivenBack, elsewhere } = throttledMs;
    this.#handling = {
      ...options,
      hold: this.#hold,
      cut: this.#cut.signal,
      throttledMsMax:
        options.throttledMsMax ?? (queue.putBack === undefined ? elsewhere : whereGivenBack),
      onThrottled: (change) => {
        this.#throttled += change;
        this.#bell.ring();
      },
    };
  }

  async run(): Promise<PollSummary> {
    const { clock, stop, finishMsMax } = this.#options;
    let cancelCut = (): void => {};
    const onStop = (): void => {
      cancelCut = clock.after(finishMsMax, () => this.#cut.abort());
      this.#bell.ring();
    };
    stop.addEventListener("abort", onStop);
    if (stop.aborted) onStop();
    try {
      await this.#pollOn();
    } finally {
      await Promise.all(this.#running);
      stop.removeEventListener("abort", onStop);
      cancelCut();
      this.#cancelPause();
      this.#hold.close();
    }
    return this.#summary;
  }

  async #pollOn(): Promise<void> {
    const { stop, endsWhen } = this.#options;
    while (!stop.aborted && !this.#isDone) {
      if (!this.#mayGather()) {
        await this.#bell.next();
        continue;
      }
      const settledBefore = this.#settled;
      const messages = await this.#gather();
      if (messages === undefined) continue;
      if (messages.length > 0 && !(await this.#mayBegin(messages))) return;
      if (messages.length > 0) this.#start(messages);
      else if (endsWhen === "stopped" || stop.aborted) continue;
      // What is being worked on may be followed by more: a group of a FIFO queue for example.
      else if (this.#running.size > 0) await this.#bell.next();
      else if (this.#settled === settledBefore) return;
    }
  }

  async #mayBegin(messages: readonly Message[]): Promise<boolean> {
    if (this.#hasBegun) return true;
    try {
      this.#hasBegun = (await this.#options.mayBegin?.()) ?? true;
      return this.#hasBegun;
    } finally {
      if (!this.#hasBegun) {
        this.#summary.givenBack += messages.length;
        await giveBack(this.#handling, messages);
      }
    }
  }

  #mayGather(): boolean {
    return (
      this.#running.size < this.#options.settings.concurrencyMax &&
      this.#throttled === 0 &&
      this.#pausedUntilMs <= this.#options.clock.nowMs()
    );
  }

  /** A batch; `undefined` if the queue was not to be reached. */
  async #gather(): Promise<readonly Message[] | undefined> {
    const { clock, log, random, endsWhen } = this.#options;
    const askedAtMs = clock.nowMs();
    try {
      const messages = await gather({
        ...this.#options,
        facts: this.#facts,
        hold: this.#hold,
        timeoutSeconds: this.#timeoutSeconds,
      });
      this.#receiveFailures = 0;
      this.#summary.received += messages.length;
      const isIdle = messages.length === 0 && endsWhen === "stopped";
      if (isIdle && clock.nowMs() - askedAtMs < idleMs) this.#pause(idleMs);
      return messages;
    } catch (error) {
      if (this.#options.stop.aborted) return undefined;
      this.#receiveFailures += 1;
      if (endsWhen === "empty" && this.#receiveFailures === receiveFailuresMax) throw error;
      const waitMs = backoffMs(this.#receiveFailures, troubleBackoff, random);
      log.warn("receive.failed", { waitMs, error });
      this.#pause(waitMs);
      return undefined;
    }
  }

  #pause(ms: number): void {
    const { clock } = this.#options;
    const untilMs = clock.nowMs() + ms;
    if (untilMs <= this.#pausedUntilMs) return;
    this.#pausedUntilMs = untilMs;
    this.#cancelPause();
    this.#cancelPause = clock.after(ms, () => {
      // A timer may ring a moment before the clock shows its time.
      this.#pausedUntilMs = 0;
      this.#bell.ring();
    });
  }

  #start(messages: readonly Message[]): void {
    const running = this.#handle(messages)
      .catch((error: unknown) => this.#options.log.error("batch.fault", { error }))
      .finally(() => {
        this.#running.delete(running);
        this.#settled += 1;
        this.#bell.ring();
      });
    this.#running.add(running);
  }

  /**
   * A group that is let go may be received again before its last batch has quite ended, or while its
   * worker is still at it, if its timeout has ended behind our back: then it waits for that.
   */
  async #handle(messages: readonly Message[]): Promise<void> {
    const groups = new Set(messages.flatMap(({ groupId }) => groupId ?? []));
    const before = [...groups].map((group) => this.#lastOfGroup.get(group));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const group of groups) this.#lastOfGroup.set(group, promise);
    try {
      await Promise.all(before);
      this.#note(await handleBatch(this.#handling, messages));
    } finally {
      resolve();
      for (const group of groups) {
        if (this.#lastOfGroup.get(group) === promise) this.#lastOfGroup.delete(group);
      }
    }
  }

  #note({ succeeded, failed, givenBack, worker }: Handled): void {
    const { random, endsWhen, log } = this.#options;
    this.#summary.succeeded += succeeded;
    this.#summary.failed += failed;
    this.#summary.givenBack += givenBack;
    if (worker === "well") {
      this.#troubles = 0;
      return;
    }
    if (worker === "throttled") this.#throttled -= 1;
    this.#troubles += 1;
    const waitMs = backoffMs(this.#troubles, troubleBackoff, random);
    this.#pause(waitMs);
    // Whoever comes again by itself leaves a throttled worker alone until then.
    if (worker === "throttled" && endsWhen === "empty") this.#isDone = true;
    log.info("poll.paused", { worker, waitMs });
  }
}

import type { Worker, WorkerAnswer } from "#poll/worker.ts";
import type { HeldParcel, Invocation } from "./pollLedger.ts";
import type { PollWorld } from "./pollWorld.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";

export interface SimulatedWorkerOptions {
  readonly world: PollWorld;
  /** The poller that invokes it: when that dies, what it has begun goes on. */
  readonly process: SimulatedProcess;
  readonly reportsBatchItemFailures: boolean;
  /** Whether a signal ends it: it does a command, and not a function. */
  readonly isStoppable: boolean;
  /** Told of each try that finds the worker willing. */
  readonly onInvoke: () => void;
}

/** How an invocation goes. */
type Course = "well" | "partly" | "badly" | "malformed" | "lost";

const successes = ["", "null", "{}", '{"batchItemFailures":[]}', '{"batchItemFailures":null}'];
const malformed = [
  '"oops"',
  '{"batchItemFailures":{}}',
  '{"batchItemFailures":[{"itemIdentifier":"of nobody"}]}',
  '{"batchItemFailures":[{}]}',
];
const longMsMax = 14_000;

/** A worker that takes its time, fails, is too busy, or answers in vain. */
export class SimulatedWorker implements Worker {
  readonly #options: SimulatedWorkerOptions;

  constructor(options: SimulatedWorkerOptions) {
    this.#options = options;
  }

  async invoke(event: string, signal: AbortSignal): Promise<WorkerAnswer> {
    const { world, process } = this.#options;
    const answer = await this.#answer(event, signal);
    world.note(`a worker answers: ${answer.kind}`);
    await process.isReached();
    return answer;
  }

  async #answer(event: string, signal: AbortSignal): Promise<WorkerAnswer> {
    const { world, process, onInvoke } = this.#options;
    const { random, clock, ledger } = world;
    if (this.#isThrottled()) {
      ledger.counts.throttled += 1;
      await world.pause(random.below(20));
      return { kind: "throttled", ...(random.oneIn(3) && { retryAfterMs: random.below(3000) }) };
    }
    if (!world.isCalm && random.oneIn(20)) return { kind: "lost", reason: "it never arrived" };
    onInvoke();
    const records = recordsOf(event);
    const invocation = ledger.begins(records, process.thawedAtMs);
    world.note(`a worker begins with ${invocation.held.map(({ id }) => id)}`);
    const beganAtMs = clock.nowMs();
    await this.#whileAllowed(world.pause(this.#durationMs()), signal);
    if (!signal.aborted || clock.nowMs() === beganAtMs) return this.#end(invocation);
    if (this.#options.isStoppable) return this.#fail(invocation);
    ledger.ends(invocation, () => true);
    return { kind: "lost", reason: "nobody waits any longer" };
  }

  #isThrottled(): boolean {
    const { world } = this.#options;
    const { random, clock } = world;
    const nowMs = clock.nowMs();
    if (!world.isEased && random.oneIn(8)) world.throttledUntilMs = nowMs + random.below(9000);
    return nowMs < world.throttledUntilMs;
  }

  #durationMs(): number {
    const { random, isEased } = this.#options.world;
    return !isEased && random.oneIn(6) ? random.below(longMsMax) : random.below(300);
  }

  async #whileAllowed(work: Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await Promise.race([
      work,
      new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
    ]);
  }

  #end(invocation: Invocation): WorkerAnswer {
    const { ledger, random } = this.#options.world;
    switch (this.#course()) {
      case "well":
        ledger.ends(invocation, () => false);
        return { kind: "succeeded", payload: random.pick(successes) ?? "" };
      case "partly": {
        const failed = new Set(invocation.held.filter(() => random.oneIn(2)));
        ledger.ends(invocation, (each) => failed.has(each));
        return { kind: "succeeded", payload: reportOf([...failed]) };
      }
      case "malformed":
        ledger.ends(invocation, () => true);
        return { kind: "succeeded", payload: random.pick(malformed) ?? "" };
      case "lost":
        ledger.ends(invocation, () => true);
        return { kind: "lost", reason: "the answer got lost" };
      case "badly":
        return this.#fail(invocation);
    }
  }

  #fail(invocation: Invocation): WorkerAnswer {
    this.#options.world.ledger.ends(invocation, () => true);
    return { kind: "failed", reason: "it was to fail" };
  }

  #course(): Course {
    const { world, reportsBatchItemFailures } = this.#options;
    if (world.isEased || !world.random.oneIn(3)) return "well";
    const courses: readonly Course[] = reportsBatchItemFailures
      ? ["badly", "partly", "partly", "malformed", "lost"]
      : ["badly", "lost"];
    return world.random.pick(courses) ?? "well";
  }
}

function reportOf(failed: readonly HeldParcel[]): string {
  const batchItemFailures = failed.map(({ id }) => ({ itemIdentifier: id }));
  return JSON.stringify({ batchItemFailures });
}

function recordsOf(event: string) {
  const { Records } = JSON.parse(event) as {
    readonly Records: readonly {
      readonly receiptHandle: string;
      readonly attributes: Readonly<Record<string, string>>;
    }[];
  };
  return Records.map(({ receiptHandle: handle, attributes }) => ({
    handle,
    receiveCount: Number(attributes["ApproximateReceiveCount"]),
  }));
}

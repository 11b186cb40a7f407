import { readBatchAnswer, sortOut } from "./batchAnswer.ts";
import { eventOf, type Message, partsOf } from "./lambdaEvent.ts";
import type { PollSettings } from "./settings.ts";
import { deleteHandled, giveBack, letComeAgain, type Settling } from "./settle.ts";
import { backoffMs, pause } from "./waiting.ts";
import type { Worker, WorkerAnswer } from "./worker.ts";

export interface Handling extends Settling {
  readonly worker: Worker;
  readonly settings: PollSettings;
  /** Aborted when nothing new may begin. */
  readonly stop: AbortSignal;
  /** For how long to go on asking a throttled worker while its messages are held. */
  readonly throttledMsMax: number;
  /** Told when the worker refuses a batch, and when it has taken it; if it never does, `Handled` says so. */
  readonly onThrottled: (change: 1 | -1) => void;
}

/** What became of a batch, in messages. */
export interface Handled {
  readonly succeeded: number;
  readonly failed: number;
  /** Given back, since no worker has had them. */
  readonly givenBack: number;
  /** How the worker as a whole did at the end. */
  readonly worker: "well" | "failing" | "throttled";
}

const throttleBackoff = { firstMs: 500, maxMs: 30_000 };

/**
 * Hands over a batch that is held, in as many invocations as its size takes, one after the other, and
 * settles what became of it. Afterwards nothing of it is held. Once a group of a FIFO queue has had a
 * failure, the rest of it is not handed over.
 */
export async function handleBatch(handling: Handling, batch: readonly Message[]): Promise<Handled> {
  const stuckGroups = new Set<string>();
  const sum = { succeeded: 0, failed: 0, givenBack: 0 };
  let worker: Handled["worker"] = "well";
  for (const part of partsOf(batch)) {
    const done: PartHandled =
      handling.stop.aborted || worker === "throttled"
        ? await giveBackPart(handling, part)
        : await handlePart(handling, part, stuckGroups);
    for (const { groupId } of done.unhandled) if (groupId !== undefined) stuckGroups.add(groupId);
    sum.succeeded += done.succeeded;
    sum.failed += done.failed;
    sum.givenBack += done.givenBack;
    if (done.worker !== undefined) worker = done.worker;
  }
  return { ...sum, worker };
}

interface PartHandled extends Omit<Handled, "worker"> {
  readonly unhandled: readonly Message[];
  readonly worker: Handled["worker"] | undefined;
}

const none = { succeeded: 0, failed: 0, givenBack: 0 };

async function giveBackPart(
  handling: Handling,
  part: readonly Message[],
  worker?: "throttled",
): Promise<PartHandled> {
  await giveBack(handling, part);
  return { ...none, givenBack: part.length, unhandled: part, worker };
}

async function handlePart(
  handling: Handling,
  part: readonly Message[],
  stuckGroups: ReadonlySet<string>,
): Promise<PartHandled> {
  const held = new Set(handling.hold.stillHeld(part));
  const lost = part.filter((message) => !held.has(message));
  // What somebody else may have by now, and what comes behind it, is not for this worker.
  const stuckHere = new Set([...stuckGroups, ...lost.flatMap(({ groupId }) => groupId ?? [])]);
  const mayGo = (message: Message): boolean =>
    held.has(message) && (message.groupId === undefined || !stuckHere.has(message.groupId));
  const open = part.filter(mayGo);
  const kept = part.filter((message) => !mayGo(message));
  await letComeAgain(handling, kept, handling.settings.retrySeconds);
  if (open.length === 0)
    return { ...none, failed: kept.length, unhandled: kept, worker: undefined };
  const done = await handOver(handling, open);
  return { ...done, failed: done.failed + kept.length, unhandled: [...done.unhandled, ...kept] };
}

async function handOver(handling: Handling, part: readonly Message[]): Promise<PartHandled> {
  const { settings, log } = handling;
  const answer = await invokeHeld(handling, part);
  log.debug("worker.answered", { messages: part.length, answer: answer.kind });
  const allFailed = { ...none, failed: part.length, unhandled: part, worker: "failing" } as const;
  switch (answer.kind) {
    case "succeeded":
      return await settleSuccess(handling, part, answer.payload);
    case "throttled":
      return await giveBackPart(handling, part, "throttled");
    case "failed":
      log.warn("worker.failed", { messages: part.length, reason: answer.reason });
      // A worker that was stopped has not been given its time: that is no reason to wait.
      await letComeAgain(handling, part, handling.cut.aborted ? 0 : settings.retrySeconds);
      return allFailed;
    case "lost":
      log.warn("worker.lost", { messages: part.length, reason: answer.reason });
      // It may be at work on them still: their visibility timeout is the earliest time to ask again.
      await letComeAgain(handling, part);
      return allFailed;
  }
}

async function settleSuccess(
  handling: Handling,
  part: readonly Message[],
  payload: string,
): Promise<PartHandled> {
  const { settings, log } = handling;
  const verdict = settings.reportsBatchItemFailures
    ? readBatchAnswer(payload, part)
    : ({ kind: "sorted", failed: new Set<string>() } as const);
  if (verdict.kind === "allFailed") {
    log.warn("worker.malformedAnswer", { messages: part.length, reason: verdict.reason });
    await letComeAgain(handling, part, settings.retrySeconds);
    return { ...none, failed: part.length, unhandled: part, worker: "failing" };
  }
  const { handled, unhandled } = sortOut(part, verdict.failed);
  const succeeded = await deleteHandled(handling, handled);
  if (unhandled.length > 0) {
    log.info("messages.failed", { messageIds: unhandled.map(({ messageId }) => messageId) });
    await letComeAgain(handling, unhandled, settings.retrySeconds);
  }
  return { ...none, succeeded, failed: part.length - succeeded, unhandled, worker: "well" };
}

/** Asks a throttled worker again and again, as long as the messages may be held for it. */
async function invokeHeld(handling: Handling, part: readonly Message[]): Promise<WorkerAnswer> {
  const { clock, random, hold, log, stop, cut, onThrottled } = handling;
  const endsMs = clock.nowMs() + handling.throttledMsMax;
  let answer = await invoke(handling, part);
  if (answer.kind !== "throttled") return answer;
  onThrottled(1);
  for (let tries = 1; answer.kind === "throttled"; tries += 1) {
    const ownMs = backoffMs(tries, throttleBackoff, random);
    const waitMs = Math.min(throttleBackoff.maxMs, Math.max(ownMs, answer.retryAfterMs ?? 0));
    log.info("worker.throttled", { messages: part.length, waitMs });
    if (clock.nowMs() + waitMs > endsMs) return answer;
    await pause(clock, waitMs, stop);
    // What was lost meanwhile, somebody else may be working on.
    if (stop.aborted || cut.aborted || hold.stillHeld(part).length < part.length) return answer;
    answer = await invoke(handling, part);
  }
  onThrottled(-1);
  return answer;
}

async function invoke(
  { worker, cut, log }: Handling,
  part: readonly Message[],
): Promise<WorkerAnswer> {
  try {
    return await worker.invoke(eventOf(part), cut);
  } catch (error) {
    log.error("worker.fault", { error });
    return { kind: "lost", reason: "the invocation went wrong" };
  }
}

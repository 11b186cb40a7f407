import { waitTimeSeconds } from "#contract/limits.ts";
import type { Hold } from "./hold.ts";
import { eventBytesMax, type Message, messageOf } from "./lambdaEvent.ts";
import type { Clock, PollLog } from "./platform.ts";
import type { PolledQueue, QueueFacts } from "./queue.ts";
import type { PollSettings } from "./settings.ts";

export interface Gathering {
  readonly queue: PolledQueue;
  readonly facts: QueueFacts;
  readonly settings: PollSettings;
  readonly clock: Clock;
  readonly log: PollLog;
  readonly hold: Hold;
  /** For how long a receive hides messages. */
  readonly timeoutSeconds: number;
  /** Aborted when no more messages are wanted. */
  readonly stop: AbortSignal;
}

const receiveMax = 10;

/**
 * Gathers a batch from as many receives as it takes, and holds it: until it is full, as large as an
 * invocation may be, or its window is over. Answers nothing if there was nothing. Rejects only if the
 * first receive does: what is in hand is worth more than an error.
 */
export async function gather(gathering: Gathering): Promise<readonly Message[]> {
  const { settings, clock, facts, log, stop } = gathering;
  let most = Math.min(receiveMax, settings.batchSize);
  let last = await receive(gathering, { most, waitSeconds: settings.waitSeconds });
  const batch = [...last];
  // A receive is the unit of order: what another one brings may overtake a failure.
  if (batch.length === 0 || facts.isFifo) return batch;
  const windowSeconds = settings.batchWindowSeconds;
  const endsMs = clock.nowMs() + windowSeconds * 1000;
  let bytes = sizeOf(batch);
  while (batch.length < settings.batchSize && bytes < eventBytesMax && !stop.aborted) {
    const askedAtMs = clock.nowMs();
    const leftSeconds = Math.max(0, Math.ceil((endsMs - askedAtMs) / 1000));
    // Without a window, a receive that brought less than it might have says that there is no more.
    if (windowSeconds === 0 ? last.length < most : leftSeconds === 0) break;
    most = Math.min(receiveMax, settings.batchSize - batch.length);
    const waitSeconds = Math.min(waitTimeSeconds.max, leftSeconds);
    try {
      last = await receive(gathering, { most, waitSeconds });
    } catch (error) {
      log.warn("receive.failed", { error });
      break;
    }
    batch.push(...last);
    bytes += sizeOf(last);
    // A queue that does not wait as it was asked to would be asked over and over.
    if (last.length === 0 && clock.nowMs() - askedAtMs < waitSeconds * 500) break;
  }
  return batch;
}

/**
 * The timeout of what is received begins before the answer is here. How much of the time went by in
 * waiting for messages, and how much on the way back, nobody says: up to half of a timeout is taken
 * for the latter, and all that goes beyond the wait.
 */
async function receive(
  { queue, facts, timeoutSeconds, clock, hold, stop }: Gathering,
  { most, waitSeconds }: { readonly most: number; readonly waitSeconds: number },
): Promise<readonly Message[]> {
  const askedAtMs = clock.nowMs();
  const { Messages = [] } = await queue.receiveMessage(
    {
      MaxNumberOfMessages: most,
      VisibilityTimeout: timeoutSeconds,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    },
    stop,
  );
  const messages = Messages.map((message) => messageOf(message, facts));
  const waitedMs = Math.min(clock.nowMs() - askedAtMs, waitSeconds * 1000);
  hold.add(messages, askedAtMs + Math.max(0, waitedMs - timeoutSeconds * 500));
  return messages;
}

function sizeOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { recordBytes }) => sum + recordBytes + 1, 0);
}

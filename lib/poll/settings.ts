import { visibilityTimeoutSeconds, waitTimeSeconds } from "#contract/limits.ts";

/** How a queue is polled and its messages are handed over. */
export interface PollSettings {
  /** How many messages an invocation gets at most. */
  readonly batchSize: number;
  /** For how long to gather, from the first message on. 0 takes what is there. */
  readonly batchWindowSeconds: number;
  /** How many invocations run at once, at most. */
  readonly concurrencyMax: number;
  /** Whether the worker's answer says which messages have failed. */
  readonly reportsBatchItemFailures: boolean;
  /** How long a receive waits for messages. */
  readonly waitSeconds: number;
  /** For how long received messages are hidden at a time. Default: as the queue says. */
  readonly visibilityTimeoutSeconds?: number;
  /** When failed messages come back. Default: when their visibility timeout ends. */
  readonly retrySeconds?: number;
}

/** What the settings may be: AWS's own limits, where AWS has them. */
export const pollLimits = {
  batchSize: { min: 1, max: 10_000 },
  /** Of a FIFO queue, whose batch is one receive. */
  fifoBatchSize: { min: 1, max: 10 },
  batchWindowSeconds: { min: 0, max: 300 },
  concurrencyMax: { min: 1, max: 1000 },
  waitSeconds: waitTimeSeconds,
  visibilityTimeoutSeconds: { min: 1, max: visibilityTimeoutSeconds.max },
  retrySeconds: visibilityTimeoutSeconds,
} as const;

/** What is used where nothing is said. */
export const pollDefaults = {
  batchSize: 10,
  batchWindowSeconds: 0,
  /** AWS begins with five, too. It goes on to a thousand by itself; we stay. */
  concurrencyMax: 5,
} as const;

/** What cannot be asked of a queue, though each setting is within its limits. */
export function settingsProblems(
  { batchSize, batchWindowSeconds }: PollSettings,
  { isFifo }: { readonly isFifo: boolean },
): readonly string[] {
  if (!isFifo) return [];
  const problems: string[] = [];
  const { min, max } = pollLimits.fifoBatchSize;
  if (batchSize > max) {
    problems.push(
      `expected the batch size of a FIFO queue to be ${min} to ${max}, got ${batchSize}`,
    );
  }
  if (batchWindowSeconds > 0) {
    problems.push(`expected no batch window with a FIFO queue, got ${batchWindowSeconds}`);
  }
  return problems;
}

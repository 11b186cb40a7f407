import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

/** What waiting needs from outside: chance, and a way to let time pass. */
export interface Patience {
  /** A number from 0 up to 1, as `Math.random` gives it. */
  readonly random: () => number;
  readonly sleep: (durationMs: number) => Promise<void>;
}

/** How often one call is sent, and how often a part that DynamoDB left undone is sent again. */
export const attemptsMax = 5;

/** What DynamoDB says of a part that it left undone and may well do the next time. */
export const passingCodes: ReadonlySet<string> = new Set([
  "InternalServerError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
  "ThrottlingError",
  "TransactionConflict",
]);

const pauseMsFirst = 50;
const pauseMsMax = 1000;

/**
 * Waits before the next attempt. The pause is drawn evenly from nothing up to a bound that doubles,
 * so that those who were refused together do not come back together.
 */
export async function pause({ random, sleep }: Patience, attemptsMade: number): Promise<void> {
  const boundMs = Math.min(pauseMsMax, pauseMsFirst * 2 ** (attemptsMade - 1));
  await sleep(random() * boundMs);
}

/**
 * Sends parts, and again those that `send` gives back, with pauses between. Answers what is still
 * left after the last attempt.
 */
export async function sendUntilDone<Part>(
  patience: Patience,
  parts: readonly Part[],
  send: (parts: readonly Part[]) => Promise<readonly Part[]>,
): Promise<readonly Part[]> {
  let left = parts;
  for (let attemptsMade = 0; left.length > 0 && attemptsMade < attemptsMax; attemptsMade += 1) {
    if (attemptsMade > 0) await pause(patience, attemptsMade);
    left = await send(left);
  }
  return left;
}

type RetryStrategy = Extract<
  NonNullable<DynamoDBClientConfig["retryStrategy"]>,
  { refreshRetryTokenForRetry: unknown }
>;

/**
 * When the SDK sends a whole call again: lost connections, time-outs, faults of the server,
 * throttling, and a conflict with somebody's transaction. The SDK's own strategy waits seconds
 * after throttling and cannot be given a clock.
 */
export function retryStrategy(patience: Patience): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => tokenAfter(0),
    refreshRetryTokenForRetry: async (previous, { errorType, error }) => {
      const attemptsMade = previous.getRetryCount() + 1;
      const isWorthIt =
        errorType !== "CLIENT_ERROR" || error?.name === "TransactionConflictException";
      // The SDK then throws the error of the last attempt, not this one.
      if (!isWorthIt || attemptsMade >= attemptsMax) throw new Error("no further attempt");
      await pause(patience, attemptsMade);
      return tokenAfter(attemptsMade);
    },
    recordSuccess: () => undefined,
  };
}

function tokenAfter(attemptsMade: number) {
  return { getRetryCount: () => attemptsMade, getRetryDelay: () => 0 };
}

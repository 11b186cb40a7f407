import type { BodyOf } from "./bodies.ts";
import type { Ledger } from "./ledger.ts";
import type { Delivery, QueueClient } from "./queueClient.ts";

/** Deals out the numbers of the messages that are yet to be sent. */
export interface Numbers {
  /** Up to so many; none when all are dealt. */
  next(count: number): readonly number[];
}

/** The numbers from 0 up to `total`. */
export function numbersTo(total: number): Numbers {
  let dealt = 0;
  return {
    next(count) {
      const from = dealt;
      dealt = Math.min(total, dealt + count);
      return Array.from({ length: dealt - from }, (_, index) => from + index);
    },
  };
}

/** A call was answered: how long it took, in milliseconds, and for how many messages. */
export type Took = (
  call: "send" | "receive" | "delete",
  durationMs: number,
  messages: number,
) => void;

export interface LoadOptions {
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  /** Messages a call, 1 to 10. */
  readonly batch: number;
  readonly took?: Took;
}

/** Sends message after message until the numbers are used up. */
export async function produce(
  queue: QueueClient,
  options: LoadOptions & { readonly numbers: Numbers; readonly bodyOf: BodyOf },
): Promise<void> {
  const { ledger, nowMs, batch, took, numbers, bodyOf } = options;
  for (;;) {
    const some = numbers.next(batch);
    if (some.length === 0) return;
    for (const number of some) ledger.sends(number);
    const startedMs = nowMs();
    await queue.send(some.map(bodyOf));
    took?.("send", nowMs() - startedMs, some.length);
    for (const number of some) ledger.hasSent(number);
  }
}

export interface ConsumeOptions extends LoadOptions {
  readonly visibilityTimeoutSeconds: number;
  readonly waitSeconds: number;
  /** Asked between two receives. */
  readonly mayGoOn: () => boolean;
}

/** Receives and deletes for as long as it may. */
export async function consume(queue: QueueClient, options: ConsumeOptions): Promise<void> {
  const { ledger, nowMs, took } = options;
  while (options.mayGoOn()) {
    const deliveries = await receiveInto(queue, options);
    if (deliveries.length === 0) continue;
    const startedMs = nowMs();
    await queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
    took?.("delete", nowMs() - startedMs, deliveries.length);
    for (const { body } of deliveries) ledger.hasDeleted(body, nowMs());
  }
}

/** Receives once, and writes it down. */
async function receiveInto(
  queue: QueueClient,
  options: ConsumeOptions,
): Promise<readonly Delivery[]> {
  const { ledger, nowMs, batch, took, visibilityTimeoutSeconds, waitSeconds } = options;
  const startedMs = nowMs();
  const deliveries = await queue.receive({ most: batch, visibilityTimeoutSeconds, waitSeconds });
  const endedMs = nowMs();
  if (deliveries.length > 0) took?.("receive", endedMs - startedMs, deliveries.length);
  const visibilityTimeoutMs = visibilityTimeoutSeconds * 1000;
  for (const delivery of deliveries) {
    ledger.hasReceived(delivery, { startedMs, endedMs, visibilityTimeoutMs });
  }
  return deliveries;
}

/** A stop for consumers: when all is deleted, or when nothing more has been for a while. */
export function untilAllDeleted(
  ledger: Ledger,
  {
    total,
    nowMs,
    quietMsMax = 15_000,
  }: { readonly total: number; readonly nowMs: () => number; readonly quietMsMax?: number },
): () => boolean {
  let deleted = 0;
  let changedMs = nowMs();
  return () => {
    if (ledger.deleted > deleted) {
      deleted = ledger.deleted;
      changedMs = nowMs();
    }
    return deleted < total && nowMs() - changedMs < quietMsMax;
  };
}

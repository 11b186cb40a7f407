import { describeOnTable, type OnTableOptions } from "./describeOnTable.ts";
import { describeAttempts } from "./fifoAttempts.ts";
import { describeFifoAttributes } from "./fifoAttributes.ts";
import { describeFifoDeadLetters } from "./fifoDeadLetters.ts";
import { describeDeduplication } from "./fifoDeduplication.ts";
import { describeFifoDelay } from "./fifoDelay.ts";
import { describeFifoHandles } from "./fifoHandles.ts";
import { describeOrder } from "./fifoOrder.ts";
import { describeFifoSending } from "./fifoSending.ts";
import { describeFifoTraps } from "./fifoTraps.ts";
import { describeFifoWaiting } from "./fifoWaiting.ts";
import type { SqsTest } from "./sqsTest.ts";

/** What SQS does with FIFO queues, through its own client. */
export function describeFifo(name: string, options: OnTableOptions): void {
  describeOnTable("FIFO queues", name, options, describeAllOfFifo);
}

/** What SQS does with FIFO queues, by whatever a test is given to talk to. */
export function describeAllOfFifo(it: SqsTest): void {
  describeFifoAttributes(it);
  describeFifoSending(it);
  describeDeduplication(it);
  describeOrder(it);
  describeFifoDelay(it);
  describeFifoHandles(it);
  describeAttempts(it);
  describeFifoWaiting(it);
  describeFifoDeadLetters(it);
  describeFifoTraps(it);
}

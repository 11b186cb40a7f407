import { afterAll, beforeAll, describe } from "vitest";
import type { Table } from "#table/table.ts";
import type { SqsOptions } from "./describeSqs.ts";
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
import { type SqsTest, sqsTest } from "./sqsTest.ts";

/** What SQS does with FIFO queues, through its own client. */
export function describeFifo(name: string, { open, missing, protocol = "JSON" }: SqsOptions): void {
  describe(`FIFO queues in ${protocol} on ${name}`, () => {
    let table: Table | undefined;
    beforeAll(async () => {
      if (missing === undefined) table = await open();
    });
    afterAll(async () => {
      await table?.close();
    });
    const it = sqsTest({ name, table: () => opened(table), missing, protocol });

    describeAllOfFifo(it);
  });
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

function opened(table: Table | undefined): Table {
  if (table === undefined) throw new Error("expected the table to be open");
  return table;
}

import { expect } from "vitest";
import { type Mark, type Refusal, refusalOf } from "./refusal.ts";
import type { Attributes, Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

/** A call that is refused. Where rules have an order, the order of the rows is that order. */
export interface RefusalRow {
  /** What is refused. */
  readonly rule: string;
  readonly mark: Mark;
  readonly call: (queue: TestQueue, sqs: Sqs) => Promise<unknown>;
  readonly refusal: Refusal | ((queue: TestQueue, sqs: Sqs) => Refusal);
}

/** A test for each row, with a queue of the given attributes. */
export function itRefuses(
  it: SqsTest,
  rows: readonly RefusalRow[],
  attributes: Attributes = {},
): void {
  it.for(rows)("refuses $rule [$mark]", async ({ call, refusal }, { sqs }) => {
    const queue = await sqs.createQueue(attributes);

    const found = await refusalOf(call(queue, sqs));

    expect(found).toEqual(typeof refusal === "function" ? refusal(queue, sqs) : refusal);
  });
}

import middy from "@middy/core";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import type { SQSEvent, SQSRecord } from "aws-lambda";

/** A worker as a user would write it: of each batch, it fails the odd numbers when it first sees them. */
export const handler = middy<SQSEvent>()
  .use(sqsPartialBatchFailure())
  .handler(async ({ Records }: SQSEvent) => Promise.allSettled(Records.map(work)));

async function work({ body, attributes }: SQSRecord): Promise<void> {
  const receiveCount = Number(attributes.ApproximateReceiveCount);
  const end = body.slice(-20);
  process.stdout.write(`${JSON.stringify({ body: end, receiveCount })}\n`);
  if (/[13579]$/.test(end) && receiveCount === 1) throw new Error(`refuses ${end}`);
}

import {
  BatchProcessor,
  EventType,
  processPartialResponse,
  processPartialResponseSync,
  SqsFifoPartialProcessor,
} from "@aws-lambda-powertools/batch";
import middy from "@middy/core";
import sqsPartialBatchFailure from "@middy/sqs-partial-batch-failure";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import type { WorkerAnswer } from "#poll/worker.ts";
import { type Invocation, PollWorld, success } from "./pollWorld.ts";

const context = { functionName: "worker", awsRequestId: "1" } as Context;

/** Refuses what is odd, as the code of a user might. */
function processRecord({ body }: SQSRecord): number {
  const number: number = JSON.parse(body);
  if (number % 2 === 1) throw new Error(`${number} is odd`);
  return number;
}

/** Runs a handler as Lambda does: an event as JSON in, its answer as JSON out. */
function lambda(handler: (event: SQSEvent, context: Context) => Promise<unknown>) {
  return async ({ records }: Invocation): Promise<WorkerAnswer> => {
    try {
      const event: SQSEvent = JSON.parse(JSON.stringify({ Records: records }));
      const payload = JSON.stringify(await handler(event, context)) ?? "null";
      return { kind: "succeeded", payload };
    } catch (error) {
      return { kind: "failed", reason: String(error) };
    }
  };
}

const numbers = ["1", "2", "3", "4", "5", "6"];

describe("an existing handler", () => {
  it("of middy's SQS partial batch failure sees exactly its failed half again", async () => {
    const handler = middy<SQSEvent>()
      .use(sqsPartialBatchFailure({ logger: () => undefined }))
      .handler((event: SQSEvent) =>
        Promise.allSettled(event.Records.map(async (record) => processRecord(record))),
      );
    const world = await PollWorld.open();
    await world.send(...numbers);

    await world.run(lambda(handler));
    await world.clock.advance(31_000);
    await world.run(() => success);

    expect(world.bodies).toEqual([numbers, ["1", "3", "5"]]);
  });

  it("of Powertools' batch processor sees exactly its failed half again", async () => {
    const processor = new BatchProcessor(EventType.SQS);
    const handler = (event: SQSEvent, of: Context) =>
      processPartialResponse(event, async (record: SQSRecord) => processRecord(record), processor, {
        context: of,
      });
    const world = await PollWorld.open();
    await world.send(...numbers);

    await world.run(lambda(handler));
    await world.clock.advance(31_000);
    await world.run(() => success);

    expect(world.bodies).toEqual([numbers, ["1", "3", "5"]]);
  });

  it("of Powertools that fails altogether sees all of its batch again", async () => {
    const processor = new BatchProcessor(EventType.SQS);
    const handler = (event: SQSEvent) =>
      processPartialResponse(event, () => Promise.reject(new Error("down")), processor);
    const world = await PollWorld.open();
    await world.send(...numbers);

    await world.runThrough(lambda(handler));
    await world.clock.advance(31_000);
    await world.run(() => success);

    expect(world.bodies).toEqual([numbers, numbers]);
  });

  it("of Powertools' FIFO processor sees its batch from the first failure on again", async () => {
    const processor = new SqsFifoPartialProcessor();
    const handler = async (event: SQSEvent, of: Context) =>
      processPartialResponseSync(event, processRecord, processor, { context: of });
    const world = await PollWorld.open({}, { name: "orders.fifo" });
    await world.sendTo("a", "2", "4", "5", "6", "8");

    await world.run(lambda(handler));
    await world.clock.advance(31_000);
    await world.run(() => success);

    expect(world.bodies).toEqual([
      ["2", "4", "5", "6", "8"],
      ["5", "6", "8"],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { readTrigger } from "#poll/trigger.ts";

const worker = "arn:aws:lambda:eu-central-1:111122223333:function:pack-orders:live";
const least = { name: "orders-to-packing", queue: "orders", worker };

describe("readTrigger", () => {
  it("reads all that a schedule may say", () => {
    const settings = {
      batchSize: 10_000,
      batchWindowSeconds: 300,
      concurrencyMax: 1000,
      reportsBatchItemFailures: true,
      waitSeconds: 20,
      visibilityTimeoutSeconds: 43_200,
      retrySeconds: 0,
    };

    expect(readTrigger({ trigger: { ...least, ...settings } })).toEqual({ ...least, settings });
  });

  it("takes what is not said from AWS's defaults", () => {
    expect(readTrigger({ trigger: least }).settings).toEqual({
      batchSize: 10,
      batchWindowSeconds: 0,
      concurrencyMax: 5,
      reportsBatchItemFailures: false,
      waitSeconds: 0,
    });
  });

  it("says everything that is wrong in one error", () => {
    const trigger = {
      name: "a b",
      queue: "or/ders",
      worker: "arn:aws:sqs:eu-central-1:111122223333:orders",
      batchSize: 10_001,
      batchWindowSeconds: 1.5,
      concurrencyMax: 0,
      reportsBatchItemFailures: "yes",
      waitSeconds: 21,
      visibilityTimeoutSeconds: 0,
      retrySeconds: -1,
      batchsize: 5,
    };

    expect(() => readTrigger({ trigger })).toThrow(
      [
        'expected trigger.name to be 1 to 128 letters, digits and _ . -, got "a b"',
        'expected trigger.queue to be the name of a queue, got "or/ders"',
        'expected trigger.worker to be the name or ARN of a Lambda function, got "arn:aws:sqs:eu-central-1:111122223333:orders"',
        "expected trigger.batchSize to be 1 to 10000, got 10001",
        "expected trigger.batchWindowSeconds to be 0 to 300, got 1.5",
        "expected trigger.concurrencyMax to be 1 to 1000, got 0",
        'expected trigger.reportsBatchItemFailures to be true or false, got "yes"',
        "expected trigger.waitSeconds to be 0 to 20, got 21",
        "expected trigger.visibilityTimeoutSeconds to be 1 to 43200, got 0",
        "expected trigger.retrySeconds to be 0 to 43200, got -1",
        "expected nothing named trigger.batchsize",
      ].join("; "),
    );
  });

  it("holds a FIFO queue to the limits of its kind", () => {
    const trigger = { ...least, queue: "orders.fifo", batchSize: 11, batchWindowSeconds: 1 };

    expect(() => readTrigger({ trigger })).toThrow(
      "expected the batch size of a FIFO queue to be 1 to 10, got 11; " +
        "expected no batch window with a FIFO queue, got 1",
    );
  });

  it.each([undefined, {}, { trigger: [] }, { trigger: null }, "trigger"])(
    "refuses an event with no trigger: %j",
    (event) => {
      expect(() => readTrigger(event)).toThrow("expected an event with a trigger");
    },
  );
});

import { SQS } from "@aws-sdk/client-sqs";

/** The SQS client of AWS, unchanged. It asks once: a retry would hide an error or repeat a send. */
export function sqsClient(origin: string): SQS {
  return new SQS({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
}

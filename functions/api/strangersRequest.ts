import type { QueueServiceOptions } from "#service/queueService.ts";

/**
 * The event of a request under an access key that does not exist. It goes the way of every other,
 * through the transport, the signature and the table, as far as the refusal.
 */
export function strangersRequest({ nowMs }: Pick<QueueServiceOptions["clock"], "nowMs">): unknown {
  const time = new Date(nowMs()).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/us-east-1/sqs/aws4_request`;
  return {
    version: "2.0",
    rawPath: "/",
    headers: {
      host: "localhost",
      "content-type": "application/x-amz-json-1.0",
      "x-amz-date": time,
      "x-amz-target": "AmazonSQS.ListQueues",
      authorization:
        `AWS4-HMAC-SHA256 Credential=MRAKAAAAAAAAAAAAAAAA/${scope}, ` +
        `SignedHeaders=host;x-amz-date;x-amz-target, Signature=${"0".repeat(64)}`,
    },
    requestContext: { http: { method: "POST" } },
    body: "{}",
    isBase64Encoded: false,
  };
}

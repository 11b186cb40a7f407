import assert from "node:assert/strict";
import { SignatureV4 } from "@smithy/signature-v4";
import type { CreatedAccessKey } from "#service/accessKeyStore.ts";
import { Sha256 } from "#table/s3/sha256.ts";
import type { FunctionUrlResult } from "#transport/lambda.ts";

/** In the first everything is compiled; the second finds out what each place is given. */
const livesMax = 2;

const region = "us-east-1";
const host = "localhost";

/**
 * Carries messages through their lives, as a client does whose requests are signed with that key: what
 * any request runs through, and what sends, receives and deletes do beyond that. Rejects if one is
 * refused. Once `stop` is aborted, no life begins.
 */
export async function messageLives(
  handle: (event: unknown) => Promise<FunctionUrlResult>,
  { key, secret }: CreatedAccessKey,
  stop: AbortSignal,
): Promise<void> {
  const signer = new SignatureV4({
    service: "sqs",
    region,
    sha256: Sha256,
    applyChecksum: false,
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: secret },
  });
  const call = async (action: string, input: object) => {
    const event = await signedEvent(signer, action, JSON.stringify(input));
    const { statusCode, body } = await handle(event);
    assert.equal(statusCode, 200, `expected ${action} to succeed, got ${body}`);
    return JSON.parse(body || "{}");
  };
  const { QueueUrl } = await call("CreateQueue", { QueueName: "warm-up" });
  for (let lives = 0; lives < livesMax && !stop.aborted; lives += 1) {
    await call("SendMessage", { QueueUrl, MessageBody: "warm-up" });
    const { Messages = [] } = await call("ReceiveMessage", { QueueUrl });
    await call("DeleteMessage", { QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle });
  }
}

async function signedEvent(signer: SignatureV4, action: string, body: string): Promise<unknown> {
  const method = "POST";
  const path = "/";
  const { headers } = await signer.sign({
    method,
    protocol: "https:",
    hostname: host,
    path,
    query: {},
    headers: {
      host,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body,
  });
  const requestContext = { http: { method } };
  return { version: "2.0", rawPath: path, headers, requestContext, body, isBase64Encoded: false };
}

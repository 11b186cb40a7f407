import { QueueDoesNotExist, SQSServiceException } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { sqsClient } from "../support/sqsClient.ts";
import { rawCall } from "./rawCall.ts";
import type { SqsTest } from "./sqsTest.ts";

/** Spec section 13, by its numbers: what concerns the JSON protocol alone. */
export function describeJsonTraps(it: SqsTest): void {
  describe("of what others get wrong, in the JSON protocol,", () => {
    it("13.1 serves JSON 1.0, as SDKs since 2023 speak it", async ({ sqs }) => {
      const { status, text: body } = await rawCall(sqs.origin, "CreateQueue", { QueueName: "a" });

      expect(status).toBe(200);
      expect(JSON.parse(body)).toEqual({ QueueUrl: `${sqs.origin}/${sqs.account}/a` });
    });

    it("13.3 lets a program test for AWS.SimpleQueueService.NonExistentQueue", async ({ sqs }) => {
      const error = await sqs.client.getQueueUrl({ QueueName: "a" }).catch((caught) => caught);

      expect(error).toBeInstanceOf(QueueDoesNotExist);
      expect(error).toMatchObject({
        name: "QueueDoesNotExist",
        Code: "AWS.SimpleQueueService.NonExistentQueue",
        Error: { Code: "AWS.SimpleQueueService.NonExistentQueue", Type: "Sender" },
      });
    });

    it("13.4 has neither prefix nor SQS's namespace on an error of the framework", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      const error = await queue.receive({ MaxNumberOfMessages: 11 }).catch((caught) => caught);

      expect(error).toBeInstanceOf(SQSServiceException);
      expect(error).toMatchObject({
        name: "InvalidParameterValue",
        __type: "com.amazon.coral.service#InvalidParameterValueException",
      });
    });

    it("13.6 answers an empty receive with {} and no empty list", async ({ sqs }) => {
      const { url } = await sqs.createQueue();

      expect((await rawCall(sqs.origin, "ReceiveMessage", { QueueUrl: url })).text).toBe("{}");
    });

    it("13.7 answers an unknown action with 400, content type and error header", async ({
      sqs,
    }) => {
      const { status, headers } = await rawCall(sqs.origin, "Frobnicate", {});

      expect(status).toBe(400);
      expect(headers.get("content-type")).toBe("application/x-amz-json-1.0");
      expect(headers.get("x-amzn-query-error")).toBe("InvalidAction;Sender");
    });

    it("13.9 keeps the tags that CreateQueue is given in lower case", async ({ sqs }) => {
      const { QueueUrl } = await sqs.client.createQueue({ QueueName: "a", tags: { team: "b" } });

      expect((await sqs.client.listQueueTags({ QueueUrl })).Tags).toEqual({ team: "b" });
    });

    it("13.10 gives URLs of the host and port that the caller used", async ({ sqs }) => {
      const origin = sqs.origin.replace("127.0.0.1", "localhost");
      const client = sqsClient(origin);

      const { QueueUrl } = await client.createQueue({ QueueName: "a" });
      client.destroy();

      expect(QueueUrl).toBe(`${origin}/${sqs.account}/a`);
    });

    it("13.14 gives no digest, and no attributes, where there are none", async ({ sqs }) => {
      const { url } = await sqs.createQueue();

      const sent = await rawCall(sqs.origin, "SendMessage", {
        QueueUrl: url,
        MessageBody: "a",
        MessageAttributes: {},
      });
      const received = await rawCall(sqs.origin, "ReceiveMessage", {
        QueueUrl: url,
        MessageAttributeNames: ["All"],
      });

      expect(JSON.parse(sent.text)).not.toHaveProperty("MD5OfMessageAttributes");
      const [message] = JSON.parse(received.text).Messages;
      expect(message).not.toHaveProperty("MD5OfMessageAttributes");
      expect(message).not.toHaveProperty("MessageAttributes");
    });
  });
}

import { createHash } from "node:crypto";
import { describe, expect } from "vitest";
import { signedHeaders } from "./rawCall.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";

type Parameters = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** As `curl -d` would: a form, and nothing that a client would add or mend. */
async function post({ origin }: Sqs, path: string, parameters: Parameters): Promise<Answer> {
  const body = String(new URLSearchParams(parameters));
  const plain = { "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" };
  const headers = await signedHeaders(origin, { path, headers: plain, body });
  const response = await fetch(`${origin}${path}`, { method: "POST", headers, body });
  return { status: response.status, text: await response.text() };
}

/** Makes a queue; gives its path. */
async function aQueue(sqs: Sqs): Promise<string> {
  return new URL((await sqs.createQueue()).url).pathname;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Spec section 13, by its numbers: what concerns the Query protocol alone. */
export function describeQueryTraps(it: SqsTest): void {
  describe("of what others get wrong, in the Query protocol,", () => {
    it("13.2 serves a form as older SDKs and curl send it, and answers XML", async ({ sqs }) => {
      const path = await aQueue(sqs);

      const { status, text } = await post(sqs, path, {
        Action: "SendMessage",
        MessageBody: "hello",
      });

      expect(status).toBe(200);
      expect(text).toMatch(/^<\?xml version="1\.0"\?><SendMessageResponse xmlns="[^"]+">/);
      expect(text).toContain(`<MD5OfMessageBody>${md5("hello")}</MD5OfMessageBody>`);
    });

    it("13.5 has the code of an error in its XML, and not the name of its shape", async ({
      sqs,
    }) => {
      const { status, text } = await post(sqs, "/", { Action: "GetQueueUrl", QueueName: "none" });

      expect(status).toBe(400);
      expect(text).toContain("<Code>AWS.SimpleQueueService.NonExistentQueue</Code>");
      expect(text).not.toContain("QueueDoesNotExist");
    });

    it.for<[string, Parameters]>([
      ["Tag", { "Tag.1.Key": "a", "Tag.1.Value": "b" }],
      ["Tags", { "Tags.1.Key": "a", "Tags.1.Value": "b" }],
    ])("13.8 takes tags numbered as %s", async ([, tags], { sqs }) => {
      const path = await aQueue(sqs);

      await post(sqs, path, { Action: "TagQueue", ...tags });

      const { text } = await post(sqs, path, { Action: "ListQueueTags" });
      expect(text).toContain("<Tag><Key>a</Key><Value>b</Value></Tag>");
    });

    it.for<[string, Parameters]>([
      ["Attribute.N", { "Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "7" }],
      ["Attributes.N", { "Attributes.1.Name": "DelaySeconds", "Attributes.1.Value": "7" }],
      ["Attribute, without a number", { "Attribute.Name": "DelaySeconds", "Attribute.Value": "7" }],
    ])("13.8 takes attributes numbered as %s", async ([, attributes], { sqs }) => {
      const path = await aQueue(sqs);

      await post(sqs, path, { Action: "SetQueueAttributes", ...attributes });

      const shown = "<Attribute><Name>DelaySeconds</Name><Value>7</Value></Attribute>";
      for (const name of ["AttributeName.1", "AttributeNames.1", "AttributeName"]) {
        const asked = { Action: "GetQueueAttributes", [name]: "DelaySeconds" };
        expect((await post(sqs, path, asked)).text).toContain(shown);
      }
    });

    it.for(["MessageAttribute", "MessageAttributes"])(
      "13.8 takes the attributes of a message numbered as %s",
      async (name, { sqs }) => {
        const path = await aQueue(sqs);

        const { text } = await post(sqs, path, {
          Action: "SendMessage",
          MessageBody: "a",
          [`${name}.1.Name`]: "k",
          [`${name}.1.Value.DataType`]: "String",
          [`${name}.1.Value.StringValue`]: "x",
        });

        expect(text).toContain("<MD5OfMessageAttributes>a45daa70926828a2f0a1db3418e6feb4<");
      },
    );

    it.for(["SendMessageBatchRequestEntry", "Entries"])(
      "13.12 reads the entries of a batch that are numbered as %s",
      async (name, { sqs }) => {
        const path = await aQueue(sqs);

        const { status, text } = await post(sqs, path, {
          Action: "SendMessageBatch",
          [`${name}.1.Id`]: "one",
          [`${name}.1.MessageBody`]: "a",
          [`${name}.2.Id`]: "two",
          [`${name}.2.MessageBody`]: "b",
        });

        expect(status).toBe(200);
        expect([...text.matchAll(/<Id>(\w+)<\/Id>/g)].map(([, id]) => id)).toEqual(["one", "two"]);
      },
    );

    it("13.21 escapes carriage returns, so that a body is received as its digest says", async ({
      sqs,
    }) => {
      const path = await aQueue(sqs);
      const body = "line1\r\nline2\r";
      await post(sqs, path, { Action: "SendMessage", MessageBody: body });

      const { text } = await post(sqs, path, { Action: "ReceiveMessage" });

      expect(text).toContain("<Body>line1&#xD;\nline2&#xD;</Body>");
      expect(text).toContain(`<MD5OfBody>${md5(body)}</MD5OfBody>`);
    });
  });
}

import { describe, expect } from "vitest";
import { invalid, invalidValue, type Mark, type Refusal, refusalOf, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const mandatory = (member: string) =>
  `Redrive policy does not contain mandatory attribute: ${member}.`;
const count = (given: string) =>
  `Invalid value for maxReceiveCount: ${given}, valid values are from 1 to 1000 both inclusive.`;
const notQualified = "Dead-letter target ARN should be fully qualified ARN.";

/** A policy that breaks a rule; `{arn}` stands for the ARN of a queue that would do. */
type BadPolicy = readonly [rule: string, mark: Mark, json: string, reason: string];

/** In the order in which they are checked, as far as the specification knows one. */
const badRedrivePolicies: readonly BadPolicy[] = [
  ["{}, for want of the count", "V", "{}", mandatory("maxReceiveCount")],
  ["no count", "V", '{"deadLetterTargetArn":"{arn}"}', mandatory("maxReceiveCount")],
  ["no target", "V", '{"maxReceiveCount":3}', mandatory("deadLetterTargetArn")],
  [
    "no target, before other keys",
    "V",
    '{"maxReceiveCount":3,"a":1}',
    mandatory("deadLetterTargetArn"),
  ],
  [
    "other keys",
    "unconfirmed",
    '{"maxReceiveCount":3,"deadLetterTargetArn":"{arn}","a":1}',
    "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
  ],
  [
    "a count of 0",
    "text unconfirmed",
    '{"maxReceiveCount":0,"deadLetterTargetArn":"{arn}"}',
    count("0"),
  ],
  [
    "a count of 1001",
    "text unconfirmed",
    '{"maxReceiveCount":"1001","deadLetterTargetArn":"{arn}"}',
    count("1001"),
  ],
  [
    "a count that is no whole number",
    "text unconfirmed",
    '{"maxReceiveCount":1.5,"deadLetterTargetArn":"{arn}"}',
    count("1.5"),
  ],
  [
    "a count that is no number",
    "text unconfirmed",
    '{"maxReceiveCount":"many","deadLetterTargetArn":"{arn}"}',
    count("many"),
  ],
  [
    "a target that is no ARN",
    "text unconfirmed",
    '{"maxReceiveCount":3,"deadLetterTargetArn":"queue"}',
    notQualified,
  ],
  [
    "a target that is a number",
    "text unconfirmed",
    '{"maxReceiveCount":3,"deadLetterTargetArn":7}',
    notQualified,
  ],
  [
    "a target of another service",
    "unconfirmed",
    '{"maxReceiveCount":3,"deadLetterTargetArn":"arn:aws:sns:us-east-1:1:a"}',
    "Only SQS queues are valid resources for deadLetterTargetArn.",
  ],
  [
    "a target of another account",
    "unconfirmed",
    '{"maxReceiveCount":3,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:999999999999:a"}',
    "Dead-letter target owner should be same as the source.",
  ],
  [
    "a target of another region",
    "unconfirmed",
    '{"maxReceiveCount":3,"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:{account}:a"}',
    "Dead-letter target owner should be same as the source.",
  ],
  [
    "a target that does not exist",
    "V",
    '{"maxReceiveCount":3,"deadLetterTargetArn":"arn:aws:sqs:us-east-1:{account}:nobody"}',
    "Dead letter target does not exist.",
  ],
];

const redriveRows: readonly RefusalRow[] = [
  ...badRedrivePolicies.map(([rule, mark, json, reason]) => {
    const filled = (queue: TestQueue, { account }: Sqs) =>
      json.replace("{arn}", queue.arn).replace("{account}", account);
    return {
      rule,
      mark,
      call: (queue: TestQueue, sqs: Sqs) => queue.set({ RedrivePolicy: filled(queue, sqs) }),
      refusal: (queue: TestQueue, sqs: Sqs) =>
        invalidValue("RedrivePolicy", filled(queue, sqs), reason),
    };
  }),
  ...["garbage", "[]", "3", "null", '"text"'].map(
    (json): RefusalRow => ({
      rule: `${json}, which is no JSON object`,
      mark: "unconfirmed",
      call: (queue) => queue.set({ RedrivePolicy: json }),
      refusal: invalid(
        "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
      ),
    }),
  ),
  {
    rule: "a bad policy at creation just as later",
    mark: "V",
    call: (_, sqs) => sqs.createQueue({ RedrivePolicy: "{}" }),
    refusal: invalidValue("RedrivePolicy", "{}", mandatory("maxReceiveCount")),
  },
];

const cannotAllow = "Amazon SQS can't create the redrive allow policy.";
const unsupportedFormat = invalid(
  "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
);
const elevenArns = Array.from({ length: 11 }, (_, place) => `arn:aws:sqs:us-east-1:1:a${place}`);

const badAllowPolicies: readonly (readonly [
  rule: string,
  mark: Mark,
  json: string,
  refusal: Refusal | string,
])[] = [
  [
    "byQueue without ARNs",
    "text unconfirmed",
    '{"redrivePermission":"byQueue"}',
    "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
  ],
  [
    "byQueue with no ARN",
    "text unconfirmed",
    '{"redrivePermission":"byQueue","sourceQueueArns":[]}',
    "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
  ],
  [
    "allowAll with ARNs",
    "text unconfirmed",
    '{"redrivePermission":"allowAll","sourceQueueArns":["arn:aws:sqs:us-east-1:1:a"]}',
    "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
  ],
  [
    "denyAll with ARNs",
    "unconfirmed",
    '{"redrivePermission":"denyAll","sourceQueueArns":["arn:aws:sqs:us-east-1:1:a"]}',
    "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
  ],
  [
    "eleven ARNs",
    "unconfirmed",
    JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: elevenArns }),
    "The maximum number of source queue ARNs you can specify is 10.",
  ],
  ["no JSON", "unconfirmed", "garbage", unsupportedFormat],
  ["an unknown key", "unconfirmed", '{"redrivePermission":"allowAll","a":1}', unsupportedFormat],
  ["an unknown permission", "unconfirmed", '{"redrivePermission":"some"}', unsupportedFormat],
];

const statement = {
  Effect: "Allow",
  Principal: "*",
  Action: "sqs:SendMessage",
  Resource: "arn:aws:sqs:us-east-1:123456789012:a",
};
const policy = (change: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...change }] });
const badPolicy = refused("InvalidAttributeValue", "Invalid value for the parameter Policy.");

const badPolicies: readonly RefusalRow[] = [
  { rule: "no JSON", json: "garbage" },
  { rule: "JSON that is no object", json: "[]" },
  { rule: "no statement", json: "{}" },
  { rule: "an unknown action", json: policy({ Action: "sqs:Frobnicate" }) },
  { rule: "the action of another service", json: policy({ Action: "sns:Publish" }) },
  { rule: "a resource of another service", json: policy({ Resource: "arn:aws:sns:a:b:c" }) },
  { rule: "no resource", json: policy({ Resource: undefined }) },
].map(({ rule, json }) => ({
  rule,
  mark: "V",
  call: (queue) => queue.set({ Policy: json }),
  refusal: badPolicy,
}));

/** Spec sections 3.4 to 3.6: the attributes that hold JSON. */
export function describePolicies(it: SqsTest): void {
  describe("RedrivePolicy", () => {
    it.for([
      ["a number", "3"],
      ["a text", '"3"'],
    ] as const)("takes a count that is %s, and shows a number", async ([, value], { sqs }) => {
      const target = await sqs.createQueue();
      const queue = await sqs.createQueue({
        RedrivePolicy: `{ "maxReceiveCount": ${value}, "deadLetterTargetArn": "${target.arn}" }`,
      });

      expect(await queue.attributes("RedrivePolicy")).toEqual({
        RedrivePolicy: `{"deadLetterTargetArn":"${target.arn}","maxReceiveCount":3}`,
      });
    });

    it.for([1, 1000])("takes a count of %i", async (maxReceiveCount, { sqs }) => {
      const target = await sqs.createQueue();

      const queue = await sqs.createSourceOf(target, maxReceiveCount);

      expect((await queue.attributes("RedrivePolicy")).RedrivePolicy).toContain(
        `"maxReceiveCount":${maxReceiveCount}}`,
      );
    });

    it("may name the queue itself", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const json = `{"deadLetterTargetArn":"${queue.arn}","maxReceiveCount":1}`;

      await queue.set({ RedrivePolicy: json });

      expect(await queue.attributes("RedrivePolicy")).toEqual({ RedrivePolicy: json });
    });

    it("is removed by an empty text", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const queue = await sqs.createSourceOf(target, 1);

      await queue.set({ RedrivePolicy: "" });

      expect(await queue.attributes("RedrivePolicy")).toEqual({});
      expect(await queue.attributes("All")).not.toHaveProperty("RedrivePolicy");
    });

    it("stays as it was when a change is refused", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const queue = await sqs.createSourceOf(target, 1);
      const before = await queue.attributes("RedrivePolicy");

      await queue.set({ RedrivePolicy: "{}" }).catch(() => undefined);

      expect(await queue.attributes("RedrivePolicy")).toEqual(before);
    });

    itRefuses(it, redriveRows);
  });

  describe("RedriveAllowPolicy", () => {
    it("is shown as it was given", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const json = ` {"redrivePermission" : "byQueue","sourceQueueArns":[ "${queue.arn}" ]} `;

      await queue.set({ RedriveAllowPolicy: json });

      expect(await queue.attributes("RedriveAllowPolicy")).toEqual({ RedriveAllowPolicy: json });
    });

    it("is removed by an empty text [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
      });

      await queue.set({ RedriveAllowPolicy: "" });

      expect(await queue.attributes("RedriveAllowPolicy")).toEqual({});
      await sqs.createSourceOf(queue, 1);
    });

    it("lets every queue in with allowAll", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        RedriveAllowPolicy: '{"redrivePermission":"allowAll"}',
      });

      await sqs.createSourceOf(queue, 1);
    });

    it("keeps every queue out with denyAll", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
      });
      const json = `{"deadLetterTargetArn":"${queue.arn}","maxReceiveCount":1}`;

      expect(await refusalOf(sqs.createQueue({ RedrivePolicy: json }))).toEqual(notAllowed(json));
    });

    it("lets in by byQueue the queues that it names, and no other", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const friend = sqs.arnOf("friend");
      await queue.set({
        RedriveAllowPolicy: `{"redrivePermission":"byQueue","sourceQueueArns":["${friend}"]}`,
      });
      const json = `{"deadLetterTargetArn":"${queue.arn}","maxReceiveCount":1}`;

      await sqs.createQueue({ RedrivePolicy: json }, "friend");

      expect(await refusalOf(sqs.createQueue({ RedrivePolicy: json }, "stranger"))).toEqual(
        notAllowed(json),
      );
    });

    it("does not stop the messages of a source that was there before", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const queue = await sqs.createSourceOf(target, 1);
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 0 });

      await target.set({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
      await queue.receive();

      expect((await target.receiveOne()).Body).toBe("hello");
    });

    itRefuses(
      it,
      badAllowPolicies.map(([rule, mark, json, refusal]) => ({
        rule,
        mark,
        call: (queue) => queue.set({ RedriveAllowPolicy: json }),
        refusal:
          typeof refusal === "string"
            ? invalidValue("RedriveAllowPolicy", json, `${cannotAllow} ${refusal}`)
            : refusal,
      })),
    );
  });

  describe("Policy", () => {
    it("is shown as it was given", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const json = ` ${policy({ Resource: queue.arn })}`;

      await queue.set({ Policy: json });

      expect(await queue.attributes("Policy")).toEqual({ Policy: json });
    });

    it("is removed by an empty text", async ({ sqs }) => {
      const queue = await sqs.createQueue({ Policy: policy({}) });

      await queue.set({ Policy: "" });

      expect(await queue.attributes("Policy")).toEqual({});
    });

    itRefuses(it, badPolicies);
    itRefuses(it, [
      {
        rule: "the name of a batch action",
        mark: "V",
        call: (queue) => queue.set({ Policy: policy({ Action: "sqs:SendMessageBatch" }) }),
        refusal: invalidValue(
          "ActionName",
          "SQS:SendMessageBatch",
          "Please refer to the appropriate WSDL for a list of valid actions.",
        ),
      },
      {
        rule: "more than 7 actions",
        mark: "text unconfirmed",
        call: (queue) =>
          queue.set({
            Policy: policy({ Action: Array.from({ length: 8 }, () => "sqs:SendMessage") }),
          }),
        refusal: refused("OverLimit", "8 Actions were found, maximum allowed is 7."),
      },
      {
        rule: "more than 20 statements",
        mark: "text unconfirmed",
        call: (queue) =>
          queue.set({
            Policy: JSON.stringify({ Statement: Array.from({ length: 21 }, () => statement) }),
          }),
        refusal: refused("OverLimit", "21 Statements were found, maximum allowed is 20."),
      },
      {
        rule: "more than 8,192 bytes",
        mark: "text unconfirmed",
        call: (queue) => queue.set({ Policy: `${policy({})}${" ".repeat(8192)}` }),
        refusal: badPolicy,
      },
    ]);
  });
}

function notAllowed(json: string): Refusal {
  return invalidValue(
    "RedrivePolicy",
    json,
    "Dead-letter target does not allow this queue as a source queue.",
  );
}

import { describe, expect, it } from "vitest";
import type { Members } from "#auth/permissions.ts";
import type { Policy } from "#auth/policy.ts";
import type { Identity } from "#service/authenticate.ts";
import { authorize } from "#service/authorize.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const someone: Identity = { account: "111122223333", region: "eu-west-1", senderId: "MRAK1" };

function denial(policy: Policy | undefined, action: string, input: Members) {
  const identity = policy === undefined ? someone : { ...someone, policy };
  return refusalOf(() => authorize(identity, action, input));
}

const denied = (action: string, resource: string) => [
  "AccessDeniedException",
  "User: arn:aws:iam::111122223333:user/MRAK1 is not authorized to perform: " +
    `sqs:${action} on resource: arn:aws:sqs:eu-west-1:${resource} ` +
    `because no identity-based policy allows the sqs:${action} action`,
];

const readOnly: Policy = { actions: ["ReceiveMessage"], queues: ["orders"] };

describe("authorize", () => {
  it.each<[Policy | undefined, string, Members]>([
    [undefined, "DeleteQueue", {}],
    [{ actions: ["*"], queues: ["*"] }, "DeleteQueue", {}],
    [readOnly, "ReceiveMessage", { QueueUrl: "http://a/111122223333/orders" }],
    [readOnly, "ReceiveMessage", { QueueUrl: "http://a/999999999999/orders" }],
  ])("with %o lets %s of %o through", (policy, action, input) => {
    expect(denial(policy, action, input)).toBeUndefined();
  });

  it.each<[string, Members, string, string]>([
    [
      "SendMessage",
      { QueueUrl: "http://a/111122223333/orders" },
      "sendmessage",
      "111122223333:orders",
    ],
    ["SendMessageBatch", { QueueUrl: "orders" }, "sendmessage", "111122223333:orders"],
    ["DeleteMessageBatch", { QueueUrl: "orders" }, "deletemessage", "111122223333:orders"],
    ["ReceiveMessage", { QueueUrl: "other" }, "receivemessage", "111122223333:other"],
    [
      "ReceiveMessage",
      { QueueUrl: "http://a/999999999999/other" },
      "receivemessage",
      "999999999999:other",
    ],
    ["CreateQueue", { QueueName: "new" }, "createqueue", "111122223333:new"],
    ["ListQueues", {}, "listqueues", "111122223333:"],
    ["ReceiveMessage", {}, "receivemessage", "111122223333:"],
    ["CancelMessageMoveTask", { TaskHandle: "x" }, "cancelmessagemovetask", "111122223333:"],
  ])("denies %s of %o in SQS's words", (action, input, name, resource) => {
    expect(denial(readOnly, action, input)).toEqual(denied(name, resource));
  });

  it("names the right that is missing, of several", () => {
    const policy = { actions: ["StartMessageMoveTask", "ReceiveMessage"], queues: ["*"] };
    const input = { SourceArn: "arn:aws:sqs:us-east-1:111122223333:dead" };

    expect(denial(policy, "StartMessageMoveTask", input)).toEqual(
      denied("deletemessage", "111122223333:dead"),
    );
  });
});

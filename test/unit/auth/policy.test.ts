import { describe, expect, it } from "vitest";
import { fits, isNamePattern } from "#auth/namePattern.ts";
import { authorisedAs, type Members, permissionsFor } from "#auth/permissions.ts";
import { allows, everything, type Policy } from "#auth/policy.ts";

/** Whether all that an action needs is allowed. */
function may(policy: Policy, action: string, input: Members = {}): boolean {
  return permissionsFor(action, input).every((permission) => allows(policy, permission));
}

const url = (name: string) => ({ QueueUrl: `http://localhost:9324/000000000000/${name}` });
const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

const sender: Policy = { actions: ["SendMessage"], queues: ["*"] };
const orders: Policy = { actions: ["*"], queues: ["orders-*", "refunds"] };

describe("allows", () => {
  it.each<[string, Policy, string, Members, boolean]>([
    ["everything", everything, "DeleteQueue", url("q"), true],
    ["everything, without a queue", everything, "CancelMessageMoveTask", { TaskHandle: "x" }, true],
    ["everything, of no queue at all", everything, "SendMessage", {}, true],
    ["everything, an odd URL", everything, "SendMessage", { QueueUrl: "?" }, true],
    ["nothing", { actions: [], queues: [] }, "SendMessage", url("q"), false],
    ["no action", { actions: [], queues: ["*"] }, "SendMessage", url("q"), false],
    ["no queue", { actions: ["*"], queues: [] }, "SendMessage", url("q"), false],

    ["an action by name", sender, "SendMessage", url("q"), true],
    ["a batch by its single action", sender, "SendMessageBatch", url("q"), true],
    ["another action", sender, "ReceiveMessage", url("q"), false],
    ["an action by another spelling", sender, "sendmessage", url("q"), false],
    ["listing, not named", sender, "ListQueues", {}, false],

    ["a queue by pattern", orders, "SendMessage", url("orders-1"), true],
    ["a FIFO queue by pattern", orders, "SendMessage", url("orders-1.fifo"), true],
    ["a queue by name", orders, "DeleteQueue", url("refunds"), true],
    ["a longer name", orders, "SendMessage", url("refunds2"), false],
    ["the FIFO queue of a name", orders, "SendMessage", url("refunds.fifo"), false],
    ["a queue in capitals", orders, "SendMessage", url("Refunds"), false],
    ["a bare name", orders, "SendMessage", { QueueUrl: "refunds" }, true],
    ["a bare name of another", orders, "SendMessage", { QueueUrl: "other" }, false],
    ["no URL", orders, "SendMessage", {}, false],
    ["an odd URL", orders, "SendMessage", { QueueUrl: "http://localhost/" }, false],
    ["a new queue", orders, "CreateQueue", { QueueName: "orders-2" }, true],
    ["a new queue of another name", orders, "CreateQueue", { QueueName: "other" }, false],
    ["a new queue without a name", orders, "CreateQueue", {}, false],
    ["a URL by name", orders, "GetQueueUrl", { QueueName: "refunds" }, true],
    ["a URL by another name", orders, "GetQueueUrl", { QueueName: "other" }, false],

    ["a list of all queues", orders, "ListQueues", {}, false],
    ["a list of its queues", orders, "ListQueues", { QueueNamePrefix: "orders-" }, true],
    ["a list of some of its queues", orders, "ListQueues", { QueueNamePrefix: "orders-2" }, true],
    ["a list of more", orders, "ListQueues", { QueueNamePrefix: "orders" }, false],
    ["a list from a name", orders, "ListQueues", { QueueNamePrefix: "refunds" }, false],

    ["tasks of its queue", orders, "ListMessageMoveTasks", { SourceArn: arn("refunds") }, true],
    ["tasks of another", orders, "ListMessageMoveTasks", { SourceArn: arn("other") }, false],
    [
      "tasks of a topic",
      orders,
      "ListMessageMoveTasks",
      { SourceArn: "arn:aws:sns:r:0:refunds" },
      false,
    ],
    ["a task by its handle", orders, "CancelMessageMoveTask", { TaskHandle: "x" }, false],
    [
      "a move between its queues",
      orders,
      "StartMessageMoveTask",
      { SourceArn: arn("refunds"), DestinationArn: arn("orders-1") },
      true,
    ],
    [
      "a move out of its queues",
      orders,
      "StartMessageMoveTask",
      { SourceArn: arn("refunds"), DestinationArn: arn("other") },
      false,
    ],
    [
      "a move into its queues",
      orders,
      "StartMessageMoveTask",
      { SourceArn: arn("other"), DestinationArn: arn("refunds") },
      false,
    ],
    [
      "a move back to where it came from",
      orders,
      "StartMessageMoveTask",
      { SourceArn: arn("refunds") },
      false,
    ],
    [
      "a move without the other rights",
      { actions: ["StartMessageMoveTask"], queues: ["*"] },
      "StartMessageMoveTask",
      { SourceArn: arn("refunds") },
      false,
    ],
    ["an action yet to come", orders, "NewAction", { Queue: "refunds" }, false],
  ])("%s: %o, %s %o: %s", (_name, policy, action, input, isAllowed) => {
    expect(may(policy, action, input)).toBe(isAllowed);
  });
});

describe("authorisedAs", () => {
  it.each([
    ["SendMessageBatch", "SendMessage"],
    ["DeleteMessageBatch", "DeleteMessage"],
    ["ChangeMessageVisibilityBatch", "ChangeMessageVisibility"],
    ["ListQueues", "ListQueues"],
  ])("calls %s %s", (action, name) => {
    expect(authorisedAs(action)).toBe(name);
  });
});

describe("fits", () => {
  it.each([
    ["", "", true],
    ["*", "", true],
    ["***", "", true],
    ["?", "", false],
    ["", "a", false],
    ["a", "a", true],
    ["a", "ab", false],
    ["ab", "a", false],
    ["a*", "a", true],
    ["a*", "abc", true],
    ["*c", "abc", true],
    ["*b", "abc", false],
    ["a*c", "abcbc", true],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "aXcYb", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*.fifo", "orders.fifo", true],
    ["a.c", "abc", false],
    ["*a*a*a*a*a*a*a*a*b", "a".repeat(80), false],
  ])("%j on %j: %s", (pattern, name, isFit) => {
    expect(fits(pattern, name)).toBe(isFit);
  });
});

describe("isNamePattern", () => {
  it.each([
    ["orders-*", true],
    ["a?_.fifo", true],
    ["", false],
    ["a b", false],
    ["a,b", false],
    ["a".repeat(81), false],
  ])("%j: %s", (text, isPattern) => {
    expect(isNamePattern(text)).toBe(isPattern);
  });
});

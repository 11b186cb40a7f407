import { describe, expect } from "vitest";
import { invalidValue, missing, noSuchQueue, refusalOf, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const friend = "111122223333";
const other = "444455556666";

interface Grant {
  readonly Label?: string | undefined;
  readonly AWSAccountIds?: string[] | undefined;
  readonly Actions?: string[] | undefined;
}

const grant = { Label: "one", AWSAccountIds: [friend], Actions: ["SendMessage"] };

/** A permission that will do, but for a change. */
const adding =
  (change: Grant): RefusalRow["call"] =>
  (queue, { client }) =>
    client.addPermission({ QueueUrl: queue.url, ...grant, ...change });

const oddLabel =
  "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
const notOurs = "Please refer to the appropriate WSDL for a list of valid actions.";
const ownersOnly = "Only the queue owner is allowed to invoke this action.";

const addRows: readonly RefusalRow[] = [
  ...[undefined, ""].map(
    (Label): RefusalRow => ({
      rule: Label === undefined ? "no label" : "an empty label",
      mark: "unconfirmed",
      call: adding({ Label }),
      refusal: missing("Label"),
    }),
  ),
  ...["a b", "a.b", "a".repeat(81)].map(
    (Label): RefusalRow => ({
      rule: `the label ${Label}`,
      mark: "text unconfirmed",
      call: adding({ Label }),
      refusal: invalidValue("Label", Label, oddLabel),
    }),
  ),
  {
    rule: "no actions",
    mark: "unconfirmed",
    call: adding({ Actions: [] }),
    refusal: (_queue, { protocol }) => missing(protocol === "JSON" ? "Actions" : "ActionName"),
  },
  {
    rule: "no accounts",
    mark: "unconfirmed",
    call: adding({ AWSAccountIds: undefined }),
    refusal: missing("AWSAccountIds"),
  },
  ...["Frobnicate", "SendMessageBatch"].map(
    (action): RefusalRow => ({
      rule: `the action ${action}`,
      mark: "V",
      call: adding({ Actions: ["SendMessage", action] }),
      refusal: invalidValue("ActionName", `SQS:${action}`, notOurs),
    }),
  ),
  ...[
    "AddPermission",
    "CreateQueue",
    "DeleteQueue",
    "ListQueues",
    "RemovePermission",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
    "ListQueueTags",
  ].map(
    (action): RefusalRow => ({
      rule: `the owner's action ${action}`,
      mark: "unconfirmed",
      call: adding({ Actions: [action] }),
      refusal: invalidValue("ActionName", `SQS:${action}`, ownersOnly),
    }),
  ),
  ...["arn:aws:iam::111122223333:root", "someone"].map(
    (account): RefusalRow => ({
      rule: `the account ${account}`,
      mark: "V",
      call: adding({ AWSAccountIds: [friend, account] }),
      refusal: invalidValue("PrincipalId", account, "Unable to verify principal."),
    }),
  ),
  {
    rule: "more than seven actions",
    mark: "text unconfirmed",
    call: adding({ Actions: Array<string>(8).fill("SendMessage") }),
    refusal: refused("OverLimit", "8 Actions were found, maximum allowed is 7."),
  },
  {
    rule: "a label that is taken",
    mark: "V",
    call: async (queue, { client }) => {
      await client.addPermission({ QueueUrl: queue.url, ...grant });
      await client.addPermission({ QueueUrl: queue.url, ...grant, Actions: ["DeleteMessage"] });
    },
    refusal: invalidValue("Label", "one", "Already exists."),
  },
];

const removeRows: readonly RefusalRow[] = [
  {
    rule: "no label",
    mark: "unconfirmed",
    call: (queue, { client }) => client.removePermission({ QueueUrl: queue.url, Label: undefined }),
    refusal: missing("Label"),
  },
  {
    rule: "an unknown label, without any policy",
    mark: "V",
    call: (queue, { client }) => client.removePermission({ QueueUrl: queue.url, Label: "one" }),
    refusal: invalidValue("Label", "one", "can't find label."),
  },
  {
    rule: "an unknown label among others",
    mark: "V",
    call: async (queue, { client }) => {
      await client.addPermission({ QueueUrl: queue.url, ...grant });
      await client.removePermission({ QueueUrl: queue.url, Label: "two" });
    },
    refusal: invalidValue("Label", "two", "can't find label."),
  },
];

const statementOf = (queue: TestQueue, label: string) => ({
  Sid: label,
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${friend}:root` },
  Action: "SQS:SendMessage",
  Resource: queue.arn,
});

async function policyOf(queue: TestQueue): Promise<{ readonly Statement: readonly object[] }> {
  return JSON.parse((await queue.attributes("Policy")).Policy ?? "");
}

/** Spec section 3.6. */
export function describePermissions(it: SqsTest): void {
  describe("AddPermission", () => {
    it("makes the document that SQS makes", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant });

      expect(await queue.attributes("Policy")).toEqual({
        Policy: `{"Version":"2008-10-17","Id":"${queue.arn}/SQSDefaultPolicy","Statement":[{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${friend}:root"},"Action":"SQS:SendMessage","Resource":"${queue.arn}"}]}`,
      });
    });

    it("lists several accounts and several actions", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await sqs.client.addPermission({
        QueueUrl: queue.url,
        Label: "many",
        AWSAccountIds: [friend, other],
        Actions: ["SendMessage", "ReceiveMessage"],
      });

      expect((await policyOf(queue)).Statement).toEqual([
        {
          ...statementOf(queue, "many"),
          Principal: { AWS: [`arn:aws:iam::${friend}:root`, `arn:aws:iam::${other}:root`] },
          Action: ["SQS:SendMessage", "SQS:ReceiveMessage"],
        },
      ]);
    });

    it("grants all actions as one", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant, Actions: ["*"] });

      expect((await policyOf(queue)).Statement).toEqual([
        { ...statementOf(queue, "one"), Action: "SQS:*" },
      ]);
    });

    it("appends to the policy that there is", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const sole = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: queue.arn };
      await queue.set({ Policy: JSON.stringify({ Version: "2012-10-17", Statement: sole }) });

      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant });

      expect(await policyOf(queue)).toEqual({
        Version: "2012-10-17",
        Statement: [sole, statementOf(queue, "one")],
      });
    });

    it("is a change of the queue's attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const before = await queue.attributes("LastModifiedTimestamp");
      sqs.advanceSeconds(5);

      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant });

      const after = await queue.attributes("LastModifiedTimestamp");
      expect(Number(after.LastModifiedTimestamp)).toBe(Number(before.LastModifiedTimestamp) + 5);
    });

    it("takes twenty statements, and refuses the next [text unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      for (let number = 1; number <= 20; number += 1) {
        const Label = `label-${number}`;
        await sqs.client.addPermission({ QueueUrl: queue.url, ...grant, Label });
      }

      const refusal = await refusalOf(sqs.client.addPermission({ QueueUrl: queue.url, ...grant }));

      expect(refusal).toEqual(
        refused("OverLimit", "21 Statements were found, maximum allowed is 20."),
      );
      expect((await policyOf(queue)).Statement).toHaveLength(20);
    });

    it("refuses a queue that does not exist [V]", async ({ sqs }) => {
      const call = sqs.client.addPermission({ QueueUrl: `${sqs.origin}/nobody`, ...grant });

      expect(await refusalOf(call)).toEqual(noSuchQueue);
    });

    itRefuses(it, addRows);
  });

  describe("RemovePermission", () => {
    it("takes one statement out, and leaves the others", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      for (const Label of ["one", "two", "three"]) {
        await sqs.client.addPermission({ QueueUrl: queue.url, ...grant, Label });
      }

      await sqs.client.removePermission({ QueueUrl: queue.url, Label: "two" });

      expect((await policyOf(queue)).Statement).toEqual([
        statementOf(queue, "one"),
        statementOf(queue, "three"),
      ]);
    });

    it("takes the policy away with its last statement [V]", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant });

      await sqs.client.removePermission({ QueueUrl: queue.url, Label: "one" });

      expect(await queue.attributes("Policy")).toEqual({});
      expect(await queue.attributes("All")).not.toHaveProperty("Policy");
    });

    it("frees the label", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant });
      await sqs.client.removePermission({ QueueUrl: queue.url, Label: "one" });

      await sqs.client.addPermission({ QueueUrl: queue.url, ...grant });

      expect((await policyOf(queue)).Statement).toEqual([statementOf(queue, "one")]);
    });

    itRefuses(it, removeRows);
  });
}

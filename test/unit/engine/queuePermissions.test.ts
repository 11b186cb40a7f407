import { describe, expect, it } from "vitest";
import { checkPermission, withoutPermission, withPermission } from "#engine/queuePermissions.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const arn = "arn:aws:sqs:us-east-1:123456789012:orders";
const account = "111122223333";
const permission = { label: "one", accounts: [account], actions: ["SendMessage"] };

const invalid = "InvalidParameterValueException";
const missing = "MissingRequiredParameterException";
const notOurs = "Please refer to the appropriate WSDL for a list of valid actions.";
const ownersOnly = "Only the queue owner is allowed to invoke this action.";

function labelled(count: number): string {
  let policy: string | undefined;
  for (let index = 0; index < count; index += 1) {
    policy = withPermission(policy, { ...permission, label: `label-${index}` }, arn);
  }
  return policy ?? "";
}

describe("checkPermission", () => {
  // In the order in which they are checked.
  it.each<[string, Partial<typeof permission>, string, string]>([
    ["no label", { label: "" }, missing, "The request must contain the parameter Label."],
    [
      "an odd label",
      { label: "a b" },
      invalid,
      "Value a b for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ],
    ["no action", { actions: [] }, missing, "The request must contain the parameter Actions."],
    [
      "no account",
      { accounts: [] },
      missing,
      "The request must contain the parameter AWSAccountIds.",
    ],
    ...["SendMessageBatch", "Frobnicate", "sendmessage", "SQS:SendMessage", ""].map(
      (action): [string, Partial<typeof permission>, string, string] => [
        `the action "${action}"`,
        { actions: ["SendMessage", action], accounts: ["nobody"] },
        invalid,
        `Value SQS:${action} for parameter ActionName is invalid. Reason: ${notOurs}`,
      ],
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
      "StartMessageMoveTask",
    ].map((action): [string, Partial<typeof permission>, string, string] => [
      `the owner's action ${action}`,
      { actions: [action] },
      invalid,
      `Value SQS:${action} for parameter ActionName is invalid. Reason: ${ownersOnly}`,
    ]),
    ...["arn:aws:iam::111122223333:root", "someone", "", "11112222333"].map(
      (name): [string, Partial<typeof permission>, string, string] => [
        `the account "${name}"`,
        { accounts: [account, name] },
        invalid,
        `Value ${name} for parameter PrincipalId is invalid. Reason: Unable to verify principal.`,
      ],
    ),
  ])("refuses %s", (_, change, error, message) => {
    expect(refusalOf(() => checkPermission({ ...permission, ...change }))).toEqual([
      error,
      message,
    ]);
  });

  it.each(["a", "-", "_", "A".repeat(80)])("takes the label %s", (label) => {
    expect(checkPermission({ ...permission, label }).label).toBe(label);
  });

  it("takes every action at once", () => {
    expect(checkPermission({ ...permission, actions: ["*"] }).actions).toEqual(["*"]);
  });
});

describe("withPermission", () => {
  it("makes the document that SQS makes", () => {
    expect(withPermission(undefined, permission, arn)).toBe(
      `{"Version":"2008-10-17","Id":"${arn}/SQSDefaultPolicy","Statement":[{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${account}:root"},"Action":"SQS:SendMessage","Resource":"${arn}"}]}`,
    );
  });

  it("lists several accounts and actions", () => {
    const several = {
      label: "two",
      accounts: [account, "444455556666"],
      actions: ["SendMessage", "ReceiveMessage"],
    };

    expect(JSON.parse(withPermission(undefined, several, arn)).Statement).toEqual([
      {
        Sid: "two",
        Effect: "Allow",
        Principal: { AWS: [`arn:aws:iam::${account}:root`, "arn:aws:iam::444455556666:root"] },
        Action: ["SQS:SendMessage", "SQS:ReceiveMessage"],
        Resource: arn,
      },
    ]);
  });

  it("appends to a policy that was set, and keeps the rest of it", () => {
    const sole = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: arn };
    const set = JSON.stringify({ Version: "2012-10-17", Statement: sole, Id: "mine" });

    const policy = JSON.parse(withPermission(set, permission, arn));

    expect(policy).toMatchObject({ Version: "2012-10-17", Id: "mine" });
    expect(policy.Statement).toHaveLength(2);
    expect(policy.Statement[0]).toEqual(sole);
    expect(policy.Statement[1].Sid).toBe("one");
  });

  it.each<[string, () => unknown, string, string]>([
    [
      "a label that is taken",
      () => withPermission(labelled(1), { ...permission, label: "label-0" }, arn),
      invalid,
      "Value label-0 for parameter Label is invalid. Reason: Already exists.",
    ],
    [
      "an eighth action",
      () => withPermission(undefined, { ...permission, actions: Array(8).fill("*") }, arn),
      "OverLimit",
      "8 Actions were found, maximum allowed is 7.",
    ],
    [
      "a twenty-first statement",
      () => withPermission(labelled(20), permission, arn),
      "OverLimit",
      "21 Statements were found, maximum allowed is 20.",
    ],
  ])("refuses %s", (_, call, error, message) => {
    expect(refusalOf(call)).toEqual([error, message]);
  });
});

describe("withoutPermission", () => {
  it("takes out one statement and keeps the others in order", () => {
    const policy = JSON.parse(withoutPermission(labelled(3), "label-1") ?? "");

    expect(policy.Id).toBe(`${arn}/SQSDefaultPolicy`);
    expect(policy.Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual(["label-0", "label-2"]);
  });

  it("leaves no policy behind the last one", () => {
    expect(withoutPermission(labelled(1), "label-0")).toBeUndefined();
  });

  it.each([undefined, labelled(1)])("refuses a label that is not there", (policy) => {
    expect(refusalOf(() => withoutPermission(policy, "two"))).toEqual([
      invalid,
      "Value two for parameter Label is invalid. Reason: can't find label.",
    ]);
  });
});

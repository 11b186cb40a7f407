import { describe, expect, it } from "vitest";
import { checkPolicy } from "#engine/policyDocument.ts";
import { refusalOf } from "../../support/refusalOf.ts";

type Json = Readonly<Record<string, unknown>>;

const arn = "arn:aws:sqs:eu-central-1:123456789012:orders";
const statement: Json = {
  Effect: "Allow",
  Principal: "*",
  Action: "sqs:SendMessage",
  Resource: arn,
};

function aPolicy(change: Json = {}, document: Json = {}): string {
  const changed = { ...statement, ...change };
  return JSON.stringify({ Version: "2012-10-17", Statement: [changed], ...document });
}

const without = (member: string) => aPolicy({ [member]: undefined });
/** A policy of so many bytes, by a `Sid` of that length. */
const ofBytes = (bytes: number) =>
  aPolicy({ Sid: "x".repeat(bytes - Buffer.byteLength(aPolicy({ Sid: "" }))) });
const many = (count: number, what: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => what(index));

describe("checkPolicy", () => {
  it.each([
    ["a plain one", aPolicy()],
    ["white space, which is kept", ` ${JSON.stringify(JSON.parse(aPolicy()), null, 2)}\n`],
    ["the older version, with ids", aPolicy({ Sid: "send" }, { Version: "2008-10-17", Id: "x" })],
    ["no version", aPolicy({}, { Version: undefined })],
    ["one statement instead of a list", aPolicy({}, { Statement: statement })],
    ["a denial", aPolicy({ Effect: "Deny" })],
    ["one account", aPolicy({ Principal: { AWS: "arn:aws:iam::123456789012:root" } })],
    ["accounts and services", aPolicy({ Principal: { AWS: ["1", "2"], Service: "s3" } })],
    ["all principals but one", aPolicy({ Principal: undefined, NotPrincipal: { AWS: "1" } })],
    ["every action", aPolicy({ Action: "*" })],
    ["every action of SQS", aPolicy({ Action: "SQS:*" })],
    ["some actions", aPolicy({ Action: ["SQS:Get*", "sqs:deletemessage"] })],
    ["all actions but one", aPolicy({ Action: undefined, NotAction: "sqs:DeleteQueue" })],
    ["every resource", aPolicy({ Resource: "*" })],
    ["all resources but one", aPolicy({ Resource: undefined, NotResource: arn })],
    ["a condition", aPolicy({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::x" } } })],
    ["seven actions", aPolicy({ Action: many(7, () => "sqs:SendMessage") })],
    ["twenty statements", aPolicy({}, { Statement: many(20, () => statement) })],
    ["8192 bytes", ofBytes(8192)],
    ["fifty principals", aPolicy({ Principal: { AWS: many(50, String) } })],
  ])("gives back %s as submitted", (_, text) => {
    expect(checkPolicy(text)).toBe(text);
  });

  it.each([
    ["no JSON", "policy"],
    ["a list", "[]"],
    ["an empty object", "{}"],
    ["an unknown member", aPolicy({}, { Other: 1 })],
    ["an unknown version", aPolicy({}, { Version: "2020-01-01" })],
    ["an id that is no text", aPolicy({}, { Id: 3 })],
    ["no statement", aPolicy({}, { Statement: [] })],
    ["a statement that is no object", aPolicy({}, { Statement: ["x"] })],
    ["an unknown member of a statement", aPolicy({ Other: 1 })],
    ["a Sid that is no text", aPolicy({ Sid: 3 })],
    ["no effect", without("Effect")],
    ["another effect", aPolicy({ Effect: "allow" })],
    ["no principal", without("Principal")],
    ["a principal and its opposite", aPolicy({ NotPrincipal: "*" })],
    ["a principal that is plain text", aPolicy({ Principal: "123456789012" })],
    ["an unknown kind of principal", aPolicy({ Principal: { Other: "1" } })],
    ["an empty principal", aPolicy({ Principal: {} })],
    ["a principal that is no text", aPolicy({ Principal: { AWS: 3 } })],
    ["no action", without("Action")],
    ["an empty list of actions", aPolicy({ Action: [] })],
    ["an unknown action", aPolicy({ Action: "sqs:Nonsense" })],
    ["an action without its service", aPolicy({ Action: "SendMessage" })],
    ["an action of another service", aPolicy({ Action: "sns:Publish" })],
    ["an action that is no text", aPolicy({ Action: [3] })],
    ["no resource", without("Resource")],
    ["an empty list of resources", aPolicy({ Resource: [] })],
    ["a resource of another service", aPolicy({ Resource: "arn:aws:s3:::bucket" })],
    ["a resource that is no ARN", aPolicy({ Resource: "orders" })],
    ["a condition that is no object", aPolicy({ Condition: "x" })],
    ["an operator that is no object", aPolicy({ Condition: { ArnLike: "x" } })],
    ["8193 bytes", ofBytes(8193)],
    ["more bytes than characters", aPolicy({ Sid: "ä".repeat(4096) })],
  ])("refuses %s", (_, text) => {
    expect(refusalOf(() => checkPolicy(text))).toEqual([
      "InvalidAttributeValue",
      "Invalid value for the parameter Policy.",
    ]);
  });

  it.each([
    ["sqs:SendMessageBatch", "SendMessageBatch"],
    ["SQS:DeleteMessageBatch", "DeleteMessageBatch"],
    ["sqs:ChangeMessageVisibilityBatch", "ChangeMessageVisibilityBatch"],
  ])("refuses %s, which SendMessage and its like stand for", (action, name) => {
    expect(refusalOf(() => checkPolicy(aPolicy({ Action: action })))).toEqual([
      "InvalidParameterValueException",
      `Value SQS:${name} for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions.`,
    ]);
  });

  it.each([
    [
      "8 Actions were found, maximum allowed is 7.",
      aPolicy({ Action: many(8, () => "sqs:SendMessage") }),
    ],
    [
      "21 Statements were found, maximum allowed is 20.",
      aPolicy({}, { Statement: many(21, () => statement) }),
    ],
    [
      "51 Principals were found, maximum allowed is 50.",
      aPolicy(
        {},
        {
          Statement: [
            { ...statement, Principal: { AWS: many(50, String) } },
            { ...statement, Principal: { AWS: "51" } },
          ],
        },
      ),
    ],
    [
      "11 Conditions were found, maximum allowed is 10.",
      aPolicy({
        Condition: {
          StringLike: Object.fromEntries(many(10, String).map((key) => [key, "x"])),
          ArnLike: { "aws:SourceArn": "x" },
        },
      }),
    ],
  ])("refuses too much: %s", (message, text) => {
    expect(refusalOf(() => checkPolicy(text))).toEqual(["OverLimit", message]);
  });
});

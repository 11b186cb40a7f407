import { describe, expect, it } from "vitest";
import { type Needed, neededFor } from "./access/awsCall.ts";
import { compare, statementsOf } from "./access/policies.ts";

const place = { region: "us-east-1", account: "111122223333" };
const table = "arn:aws:dynamodb:us-east-1:111122223333:table/queues";
const pk = { S: "key.a" };

/** What a call of DynamoDB with that input needs. */
function neededBy(target: string, input: object): readonly Needed[] {
  return neededFor(
    {
      service: "DYNAMODB",
      method: "POST",
      path: "/",
      headers: { "x-amz-target": `DynamoDB_20120810.${target}` },
      body: Buffer.from(JSON.stringify(input)),
    },
    place,
  );
}

describe("what a call needs of IAM", () => {
  const TableName = "queues";
  const one = (action: string) => [{ action, resource: table, leadingKeys: ["key.a"] }];

  it.each([
    ["GetItem", { TableName, Key: { pk } }, one("dynamodb:GetItem")],
    ["PutItem", { TableName, Item: { pk, a: { S: "key.b" } } }, one("dynamodb:PutItem")],
    [
      "Query",
      {
        TableName,
        KeyConditionExpression: "pk = :p AND sk <= :to",
        ExpressionAttributeValues: { ":to": { S: "~" }, ":p": pk },
      },
      one("dynamodb:Query"),
    ],
    [
      "BatchGetItem",
      { RequestItems: { queues: { Keys: [{ pk }, { pk: { S: "key.b" } }] } } },
      [
        {
          action: "dynamodb:BatchGetItem",
          resource: table,
          leadingKeys: ["key.a", "key.b"],
        },
      ],
    ],
    [
      "BatchWriteItem",
      {
        RequestItems: {
          queues: [
            { PutRequest: { Item: { pk } } },
            { DeleteRequest: { Key: { pk: { S: "key.b" } } } },
          ],
        },
      },
      [
        {
          action: "dynamodb:BatchWriteItem",
          resource: table,
          leadingKeys: ["key.a", "key.b"],
        },
      ],
    ],
    [
      "TransactWriteItems",
      {
        TransactItems: [
          { Put: { TableName, Item: { pk } } },
          { Delete: { TableName, Key: { pk } } },
        ],
      },
      [...one("dynamodb:PutItem"), ...one("dynamodb:DeleteItem")],
    ],
    [
      "BatchExecuteStatement",
      {
        Statements: [
          {
            Statement: `INSERT INTO "queues" VALUE {'x': ?, 'pk': ?}`,
            Parameters: [{ N: "1" }, pk],
          },
          {
            Statement: `UPDATE "queues" SET "a" = ? WHERE "pk" = ? AND "sk" = ?`,
            Parameters: [{ S: "?" }, pk, { S: "b" }],
          },
        ],
      },
      [...one("dynamodb:PartiQLInsert"), ...one("dynamodb:PartiQLUpdate")],
    ],
  ] as const)("%s names the partitions that it is about", (target, input, needed) => {
    expect(neededBy(target, input)).toEqual(needed);
  });
});

/** A policy of one statement about the table. */
function policy(Action: readonly string[], Condition?: object) {
  return statementsOf({ Statement: [{ Effect: "Allow", Action, Resource: table, Condition }] });
}

describe("the comparison of rights and calls", () => {
  const read = { action: "dynamodb:GetItem", resource: table, leadingKeys: ["key.a"] };
  const leadingKeys = (operator: string, ...patterns: readonly string[]) => ({
    [`ForAllValues:${operator}`]: { "dynamodb:LeadingKeys": patterns },
  });

  it.each([
    ["none", undefined, true],
    ["the partition", leadingKeys("StringLike", "key.*"), true],
    ["another partition", leadingKeys("StringLike", "keys.*"), false],
    ["all but another", leadingKeys("StringNotLike", "keys.*"), true],
    ["all but the partition", leadingKeys("StringNotLike", "keys.*", "key.*"), false],
    ["a service that calls", { StringEquals: { "kms:ViaService": "s3.amazonaws.com" } }, false],
  ] as const)("heeds a condition: %s", (_name, condition, isPermitted) => {
    const { missing, unused } = compare(policy([read.action], condition), [read]);

    expect(missing).toEqual(isPermitted ? [] : [read]);
    expect(unused.length === 0).toBe(isPermitted);
  });

  it("asks that every key of a call is let in", () => {
    const both = { ...read, leadingKeys: ["key.a", "queues.1"] };

    const { missing } = compare(policy([read.action], leadingKeys("StringLike", "key.*")), [both]);

    expect(missing).toEqual([both]);
  });

  it("finds the action and the pattern of partitions that nobody used", () => {
    const statements = policy(
      [read.action, "dynamodb:PutItem"],
      leadingKeys("StringLike", "key.*", "sealing"),
    );

    const { unused } = compare(statements, [read]);

    expect(unused.map(({ right }) => right)).toEqual([
      "dynamodb:PutItem",
      "dynamodb:LeadingKeys sealing",
    ]);
  });

  it("refuses a condition that it does not know", () => {
    expect(() => policy([read.action], { Bool: { "aws:SecureTransport": "true" } })).toThrow(
      "expected a condition that the rehearsal knows, got Bool aws:SecureTransport",
    );
  });
});

import { readdir, readFile } from "node:fs/promises";
import { RemovalPolicy } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { ttlAttribute } from "#table/table.ts";
import { tableActions } from "../../infra/tableAccess.ts";
import { aTenant } from "./aTenant.ts";

let template: Template;

beforeAll(() => {
  template = Template.fromStack(aTenant());
});

describe("QueueTable", () => {
  it("is keyed by pk and sk, as the port says, and has no index", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: Match.absent(),
      LocalSecondaryIndexes: Match.absent(),
      StreamSpecification: Match.absent(),
    });
  });

  it("drops expired items by the port's attribute", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
    });
  });

  it("is billed on demand, encrypted, and restorable", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      SSESpecification: { SSEEnabled: true, KMSMasterKeyId: Match.absent() },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it("outlives its stack and cannot be deleted by hand", () => {
    template.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: { DeletionProtectionEnabled: true },
    });
  });

  it("goes with a disposable stack", () => {
    const disposable = Template.fromStack(aTenant({ removalPolicy: RemovalPolicy.DESTROY }));

    disposable.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Delete",
      Properties: { DeletionProtectionEnabled: false },
    });
  });

  it("keeps its logical id, since another one would be another table", () => {
    const ids = Object.keys(template.findResources("AWS::DynamoDB::Table"));

    expect(ids).toEqual(["QueueTableAD5B8F13"]);
  });

  it("scales between bounds where capacity is paid for by the hour", () => {
    const provisioned = { read: { min: 5, max: 50 }, write: { min: 10, max: 100 } };
    const scaled = Template.fromStack(aTenant({ provisioned }));

    scaled.hasResourceProperties("AWS::DynamoDB::Table", {
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 10 },
    });
    scaled.hasResourceProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      ScalableDimension: "dynamodb:table:WriteCapacityUnits",
      MinCapacity: 10,
      MaxCapacity: 100,
    });
  });

  it("is encrypted under the tenant's key if asked, which functions use by way of DynamoDB", () => {
    const keyed = Template.fromStack(aTenant({ customerKey: true }));
    const [key] = Object.keys(keyed.findResources("AWS::KMS::Key"));

    keyed.hasResourceProperties("AWS::DynamoDB::Table", {
      SSESpecification: { SSEType: "KMS", KMSMasterKeyId: { "Fn::GetAtt": [key, "Arn"] } },
    });
    keyed.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(["kms:Decrypt", "kms:Encrypt"]),
            Condition: {
              StringEquals: { "kms:ViaService": "dynamodb.eu-central-1.amazonaws.com" },
            },
          }),
        ]),
      },
    });
  });
});

describe("a restored table", () => {
  it("is served by every function in place of the tenant's own, which stays", () => {
    const restored = Template.fromStack(aTenant({ restoredTable: "acme-restored" }));

    restored.resourceCountIs("AWS::DynamoDB::Table", 1);
    restored.allResourcesProperties("AWS::Lambda::Function", {
      Environment: { Variables: Match.objectLike({ MILLRACE_TABLE: "acme-restored" }) },
    });
    expect(JSON.stringify(restored.findResources("AWS::IAM::Policy"))).not.toContain("QueueTable");
  });
});

/** What IAM asks for each command of the SDK that the adapter uses while it serves. */
const actionsByCommand: Readonly<Record<string, readonly string[]>> = {
  BatchExecuteStatementCommand: ["PartiQLDelete", "PartiQLInsert", "PartiQLUpdate"],
  BatchGetCommand: ["BatchGetItem"],
  BatchWriteCommand: ["BatchWriteItem"],
  DeleteCommand: ["DeleteItem"],
  GetCommand: ["GetItem"],
  PutCommand: ["PutItem"],
  QueryCommand: ["Query"],
  TransactWriteCommand: ["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"],
  UpdateCommand: ["UpdateItem"],
};

describe("tableActions", () => {
  it("are those that the DynamoDB adapter calls, but for one that the engine never asks of it", async () => {
    const commands = await commandsOfAdapter();

    const actions = commands.flatMap((command) => actionsByCommand[command] ?? [`? ${command}`]);

    const names = new Set(actions.map((action) => `dynamodb:${action}`));
    // A patch of nothing is that, within a transaction.
    names.delete("dynamodb:ConditionCheckItem");
    expect([...names].toSorted()).toEqual(tableActions);
  });
});

/** A deployed table is made by its stack, so the file that makes tables does not count. */
async function commandsOfAdapter(): Promise<readonly string[]> {
  const folder = "lib/table/dynamodb";
  const files = (await readdir(folder)).filter((name) => name !== "ensureTable.ts");
  const texts = await Promise.all(files.map((name) => readFile(`${folder}/${name}`, "utf8")));
  const commands = texts.flatMap((text) => text.match(/(?<=new )\w+Command(?=\()/g) ?? []);
  return [...new Set(commands)];
}

import { readdir, readFile } from "node:fs/promises";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { ttlAttribute } from "#table/table.ts";
import { QueueServiceStack, type QueueServiceStackProps } from "../../infra/queueServiceStack.ts";
import { tableActions } from "../../infra/queueTable.ts";

/** Without its bundle, which has a test of its own. */
function aStack(props: QueueServiceStackProps = {}): QueueServiceStack {
  const app = new App({ context: { "aws:cdk:bundling-stacks": [] } });
  return new QueueServiceStack(app, "Test", props);
}

let template: Template;
let disposable: Template;

beforeAll(() => {
  template = Template.fromStack(aStack());
  disposable = Template.fromStack(aStack({ isDisposable: true }));
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
      SSESpecification: { SSEEnabled: true },
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
    disposable.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Delete",
      Properties: { DeletionProtectionEnabled: false },
    });
  });

  it("keeps its logical id, since another one would be another table", () => {
    const ids = Object.keys(template.findResources("AWS::DynamoDB::Table"));

    expect(ids).toEqual(["QueueTableAD5B8F13"]);
  });
});

describe("QueueApi", () => {
  it("runs Node 24 on arm64 for longer than the longest poll", () => {
    template.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      Timeout: 30,
    });
  });

  it("learns which table it serves, and for which account", () => {
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: Match.objectLike({
          MILLRACE_TABLE: { Ref: "QueueTableAD5B8F13" },
          MILLRACE_ACCOUNT: { Ref: "AWS::AccountId" },
        }),
      },
    });
  });

  it("has one URL, which admits nobody without IAM permission", () => {
    template.resourceCountIs("AWS::Lambda::Url", 1);
    template.hasResourceProperties("AWS::Lambda::Url", { AuthType: "AWS_IAM" });
  });

  it("lets nobody else in: no permission is granted to invoke it", () => {
    template.resourceCountIs("AWS::Lambda::Permission", 0);
  });

  it("may do to the table what serving takes, on the table alone", () => {
    template.resourceCountIs("AWS::IAM::Policy", 1);
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Action: [...tableActions],
            Resource: [{ "Fn::GetAtt": ["QueueTableAD5B8F13", "Arn"] }],
          },
        ],
      },
    });
  });

  it("keeps its logs for a month", () => {
    template.hasResourceProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
  });
});

describe("QueueServiceStack", () => {
  it.each([
    [{}, true],
    [{ isDisposable: true }, false],
  ] as const)("%o is protected from deletion: %s", (props, isProtected) => {
    const stack = aStack(props);

    expect(stack.terminationProtection).toBe(isProtected);
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
  it("are those that the DynamoDB adapter calls", async () => {
    const commands = await commandsOfAdapter();

    const actions = commands.flatMap((command) => actionsByCommand[command] ?? [`? ${command}`]);

    const names = new Set(actions.map((action) => `dynamodb:${action}`));
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

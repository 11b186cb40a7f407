import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, it as test, vi } from "vitest";
import { AwsRefusal } from "../../support/awsJsonServer.ts";
import {
  type CloudFormationAddress,
  type ResourceAnswer,
  startCloudFormationAddress,
} from "../../support/cloudFormation.ts";
import { whyNoDynamodbEngine } from "../../support/dynamodbEngine.ts";
import {
  type FakeSecretsManager,
  startFakeSecretsManager,
} from "../../support/fakeSecretsManager.ts";
import { type FunctionUrl, functionUrlClient } from "../../support/functionUrlClient.ts";
import { FunctionWorld, functionAccount } from "../../support/functionWorld.ts";
import { aLambdaContext } from "../../support/lambdaContext.ts";

const lack = whyNoDynamodbEngine();
const secretArn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:workers-AbCdEf";
const stackId = "arn:aws:cloudformation:us-east-1:111122223333:stack/acme/1";
const ofOrders = { "millrace:stack-id": stackId, "millrace:logical-id": "Orders" };
const endpoint = "https://queues.acme.example";

let world: FunctionWorld;
let secrets: FakeSecretsManager;
let cloudFormation: CloudFormationAddress;
let handler: (event: unknown, context: Context) => Promise<void>;
let api: FunctionUrl;
const lines: string[] = [];

beforeAll(async () => {
  if (lack !== undefined) return;
  [secrets, cloudFormation] = await Promise.all([
    startFakeSecretsManager([secretArn]),
    startCloudFormationAddress(),
  ]);
  world = await FunctionWorld.start({
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  });
  ({ handler } = await import("../../../functions/resource.ts"));
  ({ handler: api } = await import("../../../functions/api.ts"));
  for (const method of ["info", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((line) => lines.push(String(line)));
  }
});

afterAll(async () => {
  vi.restoreAllMocks();
  await world?.stop();
  await secrets?.stop();
  await cloudFormation?.stop();
});

afterEach(() => {
  secrets?.fail(undefined);
});

const it = test.extend("client", async ({ skip }) => {
  skip(lack !== undefined, lack);
  return functionUrlClient(api, { credentials: await world.createKey() });
});

interface Said {
  readonly requestType?: "Create" | "Update" | "Delete";
  readonly type?: string;
  readonly logicalId?: string;
  readonly physicalId?: string;
  readonly requestId?: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What CloudFormation asks; of a queue unless it says otherwise. */
function aQuestion({ requestType = "Create", ...said }: Said): unknown {
  const { type = "Custom::MillraceQueue", logicalId = "Orders" } = said;
  const { physicalId, before, properties } = said;
  return {
    RequestType: requestType,
    ServiceToken: "arn:aws:lambda:us-east-1:111122223333:function:resource",
    ResponseURL: cloudFormation.url,
    StackId: stackId,
    RequestId: said.requestId ?? randomUUID(),
    LogicalResourceId: logicalId,
    ResourceType: type,
    ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
    ...(before !== undefined && {
      OldResourceProperties: { Endpoint: `${endpoint}/`, ...before },
    }),
    ResourceProperties: { ServiceToken: "…", Endpoint: `${endpoint}/`, ...properties },
  };
}

async function ask(said: Said, leftMs = 120_000): Promise<ResourceAnswer> {
  await handler(aQuestion(said), aLambdaContext(leftMs));
  const answer = cloudFormation.answers.at(-1);
  if (answer === undefined) throw new Error("expected an answer");
  return answer;
}

const urlOf = (name: string) => `${endpoint}/${functionAccount}/${name}`;

describe("a queue that a stack declares", () => {
  it("is made with its attributes and tags", async ({ client }) => {
    const properties = {
      QueueName: "made",
      Attributes: { VisibilityTimeout: "45" },
      Tags: { team: "shop" },
    };

    const answer = await ask({ properties });

    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: "made",
      LogicalResourceId: "Orders",
      Data: {
        QueueName: "made",
        QueueUrl: urlOf("made"),
        QueueArn: `arn:aws:sqs:us-east-1:${functionAccount}:made`,
      },
    });
    const QueueUrl = urlOf("made");
    const { Attributes } = await client.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
    const { Tags } = await client.listQueueTags({ QueueUrl });
    expect([Attributes?.["VisibilityTimeout"], Tags]).toEqual([
      "45",
      { team: "shop", ...ofOrders },
    ]);
  });

  it("is answered under no type, which the address is not signed for", async () => {
    await ask({ properties: { QueueName: "typeless" } });

    expect(cloudFormation.types.at(-1)).toBeUndefined();
  });

  it("is the same queue when CloudFormation asks again", async ({ client }) => {
    const said = { requestId: randomUUID(), properties: { QueueName: "again" } };
    const first = await ask(said);
    await client.sendMessage({ QueueUrl: urlOf("again"), MessageBody: "kept" });

    const second = await ask(said);

    expect(second).toEqual(first);
    const { Messages } = await client.receiveMessage({ QueueUrl: urlOf("again") });
    expect(Messages?.map(({ Body }) => Body)).toEqual(["kept"]);
  });

  it("is changed, and has its defaults where nothing is declared any more", async ({ client }) => {
    const before = {
      QueueName: "changed",
      Attributes: { VisibilityTimeout: "45", DelaySeconds: "7" },
      Tags: { team: "shop", old: "yes" },
    };
    await ask({ properties: before });
    const properties = {
      QueueName: "changed",
      Attributes: { DelaySeconds: "9" },
      Tags: { team: "store" },
    };

    const answer = await ask({ requestType: "Update", physicalId: "changed", before, properties });

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: "changed" });
    const QueueUrl = urlOf("changed");
    const { Attributes } = await client.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
    expect(Attributes).toMatchObject({ VisibilityTimeout: "30", DelaySeconds: "9" });
    expect((await client.listQueueTags({ QueueUrl })).Tags).toEqual({ team: "store", ...ofOrders });
  });

  it("is the same queue under another URL when the tenant's domain changes", async ({ client }) => {
    const properties = { QueueName: "renamed", Attributes: { DelaySeconds: "0" } };
    await ask({ properties });
    await client.sendMessage({ QueueUrl: urlOf("renamed"), MessageBody: "kept" });

    const answer = await ask({
      requestType: "Update",
      physicalId: "renamed",
      before: properties,
      properties: { ...properties, Endpoint: "https://new.acme.example" },
    });

    const QueueUrl = `https://new.acme.example/${functionAccount}/renamed`;
    expect(answer).toMatchObject({ PhysicalResourceId: "renamed", Data: { QueueUrl } });
    const { Messages } = await client.receiveMessage({ QueueUrl: urlOf("renamed") });
    expect(Messages?.map(({ Body }) => Body)).toEqual(["kept"]);
  });

  it("loses its redrive policy with the declaration", async ({ client }) => {
    await ask({ properties: { QueueName: "dead" } });
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${functionAccount}:dead`;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    const before = { QueueName: "redriven", Attributes: { RedrivePolicy } };
    const made = await ask({ properties: before });

    const changed = await ask({
      requestType: "Update",
      physicalId: "redriven",
      before,
      properties: { QueueName: "redriven" },
    });

    expect([made.Status, changed.Status]).toEqual(["SUCCESS", "SUCCESS"]);
    const { Attributes } = await client.getQueueAttributes({
      QueueUrl: urlOf("redriven"),
      AttributeNames: ["All"],
    });
    expect(Attributes).not.toHaveProperty("RedrivePolicy");
  });

  it("is another queue under another name, FIFO or not", async () => {
    const before = { QueueName: "plain" };
    await ask({ properties: before });
    const properties = { QueueName: "plain.fifo", Attributes: { FifoQueue: "true" } };

    const answer = await ask({ requestType: "Update", physicalId: "plain", before, properties });

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: "plain.fifo" });
  });

  it("is taken over from an earlier stack, if it is to be retained", async ({ client }) => {
    await client.createQueue({ QueueName: "left", Attributes: { DelaySeconds: "1" } });
    const properties = { QueueName: "left", Attributes: { DelaySeconds: "2" } };

    const kept = await ask({ properties });
    const owned = await ask({
      properties: { ...properties, Attributes: { DelaySeconds: "3" }, OnDelete: "delete" },
    });

    expect(kept.Status).toBe("SUCCESS");
    expect(owned).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining("already exists"),
    });
  });

  it.for([
    ["retain", true],
    ["delete", false],
  ] as const)("that is to %s stays: %s", async ([OnDelete, stays], { client }) => {
    const properties = { QueueName: `ending-${OnDelete}`, OnDelete };
    const physicalId = properties.QueueName;
    await ask({ properties });

    const first = await ask({ requestType: "Delete", physicalId, properties });
    const second = await ask({ requestType: "Delete", physicalId, properties });

    expect([first.Status, second.Status]).toEqual(["SUCCESS", "SUCCESS"]);
    const { QueueUrls = [] } = await client.listQueues({ QueueNamePrefix: physicalId });
    expect(QueueUrls.length > 0).toBe(stays);
  });

  it("stays with its messages when its construct is renamed", async ({ client }) => {
    const properties = { QueueName: "moved", OnDelete: "delete" };
    await ask({ properties });
    await client.sendMessage({ QueueUrl: urlOf("moved"), MessageBody: "kept" });

    const renamed = await ask({ logicalId: "Renamed", properties });
    const retained = await ask({
      logicalId: "Renamed",
      properties: { ...properties, OnDelete: "retain" },
    });
    const cleaned = await ask({ requestType: "Delete", physicalId: "moved", properties });

    expect(renamed).toMatchObject({
      Status: "FAILED",
      Reason: expect.stringContaining(`moved already exists, of Orders in ${stackId}`),
    });
    expect([retained.Status, cleaned.Status]).toEqual(["SUCCESS", "SUCCESS"]);
    const { QueueUrls } = await client.listQueues({ QueueNamePrefix: "moved" });
    expect(QueueUrls).toEqual([expect.stringMatching(/\/moved$/)]);
    const { Messages } = await client.receiveMessage({ QueueUrl: urlOf("moved") });
    expect(Messages?.map(({ Body }) => Body)).toEqual(["kept"]);
  });

  it("that somebody else has made is refused, and stays in a rollback", async ({ client }) => {
    await client.createQueue({ QueueName: "foreign" });
    const properties = { QueueName: "foreign", OnDelete: "delete" };

    const { Status, Reason, PhysicalResourceId } = await ask({ properties });
    for (const physicalId of [PhysicalResourceId, "foreign"]) {
      const { Status } = await ask({ requestType: "Delete", physicalId, properties });
      expect(Status).toBe("SUCCESS");
    }

    expect([Status, Reason]).toEqual([
      "FAILED",
      expect.stringContaining("foreign already exists, of no stack"),
    ]);
    const { QueueUrls } = await client.listQueues({ QueueNamePrefix: "foreign" });
    expect(QueueUrls).toHaveLength(1);
  });

  it("that is to be deleted is the same queue when asked for again", async ({ client: _ }) => {
    const properties = { QueueName: "again-deleted", OnDelete: "delete", Tags: { team: "shop" } };
    const said = { requestId: randomUUID(), properties };
    const first = await ask(said);

    expect(first.Status).toBe("SUCCESS");
    expect(await ask(said)).toEqual(first);
  });

  it("that was never made is not deleted in the place of another", async ({ client }) => {
    await client.createQueue({ QueueName: "theirs", Attributes: { DelaySeconds: "1" } });
    const properties = {
      QueueName: "theirs",
      OnDelete: "delete",
      Attributes: { DelaySeconds: "2" },
    };
    const { Status, PhysicalResourceId } = await ask({ properties });

    const deleted = await ask({
      requestType: "Delete",
      physicalId: PhysicalResourceId,
      properties,
    });

    expect([Status, deleted.Status]).toEqual(["FAILED", "SUCCESS"]);
    const { QueueUrls } = await client.listQueues({ QueueNamePrefix: "theirs" });
    expect(QueueUrls).toHaveLength(1);
  });

  it.for([
    ["no name", {}, "expected QueueName to be given, got nothing"],
    ["a wrong name", { QueueName: "a b" }, "alphanumeric"],
    ["a wrong attribute", { QueueName: "a", Attributes: { Nope: "1" } }, "Unknown Attribute Nope."],
    ["no endpoint", { QueueName: "a", Endpoint: "" }, "expected Endpoint to be given, got nothing"],
    ["a wrong endpoint", { QueueName: "a", Endpoint: "acme" }, "expected Endpoint to be an http"],
    ["a wrong end", { QueueName: "a", OnDelete: "x" }, "expected OnDelete to be retain or delete"],
    ["wrong attributes", { QueueName: "a", Attributes: ["x"] }, "expected Attributes to be a map"],
  ] as const)("is refused for %s", async ([_name, properties, reason], { client: _ }) => {
    const answer = await ask({ properties });

    expect(answer).toMatchObject({ Status: "FAILED", Reason: expect.stringContaining(reason) });
  });
});

describe("an access key that a stack declares", () => {
  const type = "Custom::MillraceAccessKey";
  const properties = {
    Actions: ["SendMessage", "sqs:ListQueues"],
    Queues: ["orders-*"],
    Description: "workers",
    SecretArn: secretArn,
  };
  const secretValue = () => JSON.parse(secrets.values.get(secretArn) ?? "{}");
  /** What CloudFormation asks of a key when nothing but its tenant's domain has changed. */
  const askAfterMove = (physicalId: string) =>
    ask({
      type,
      requestType: "Update",
      physicalId,
      before: properties,
      properties: { ...properties, Endpoint: "https://new.acme.example" },
    });

  it("is put into its secret, and lets its holder in", async ({ client: _ }) => {
    const answer = await ask({ type, properties });

    const { accessKeyId, secretAccessKey, ...place } = secretValue();
    expect(place).toEqual({ endpoint, region: "us-east-1" });
    expect(answer).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: accessKeyId,
      Data: { AccessKeyId: accessKeyId },
    });
    const holder = functionUrlClient(api, { credentials: { accessKeyId, secretAccessKey } });
    const { $metadata } = await holder.listQueues({ QueueNamePrefix: "orders-" });
    expect($metadata.httpStatusCode).toBe(200);
    await expect(holder.listQueues({})).rejects.toThrow("not authorized");
  });

  it("is the same key when CloudFormation asks again", async ({ client: _ }) => {
    const said = { type, requestId: randomUUID(), properties };
    const first = await ask(said);
    const value = secretValue();

    const second = await ask(said);

    expect(second).toEqual(first);
    expect(secretValue()).toEqual(value);
  });

  it("is replaced when it changes, and stays when it does not", async ({ client: _ }) => {
    const { PhysicalResourceId: physicalId } = await ask({ type, properties });
    const update = { type, requestType: "Update", physicalId, before: properties } as const;

    const same = await ask({ ...update, properties: { ...properties } });
    const other = await ask({ ...update, properties: { ...properties, Queues: ["*"] } });

    expect(same.PhysicalResourceId).toBe(physicalId);
    expect(other.PhysicalResourceId).not.toBe(physicalId);
    expect(secretValue().accessKeyId).toBe(other.PhysicalResourceId);
  });

  it("stays when the tenant's domain changes, and its secret says where to", async ({
    client: _,
  }) => {
    const { PhysicalResourceId: physicalId } = await ask({ type, properties });
    const before = secretValue();

    const answer = await askAfterMove(physicalId);

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: physicalId });
    expect(secretValue()).toEqual({ ...before, endpoint: "https://new.acme.example" });
  });

  it("stays disabled when the tenant's domain changes", async ({ client: _ }) => {
    const { PhysicalResourceId: physicalId } = await ask({ type, properties });
    const before = secretValue();
    await world.keys.setEnabled(functionAccount, physicalId, false);

    const answer = await askAfterMove(physicalId);

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: physicalId });
    expect(secretValue()).toEqual(before);
  });

  it("ends with its declaration", async ({ client: _ }) => {
    const { PhysicalResourceId: physicalId } = await ask({ type, properties });
    const { accessKeyId, secretAccessKey } = secretValue();

    const first = await ask({ type, requestType: "Delete", physicalId, properties });
    const second = await ask({ type, requestType: "Delete", physicalId, properties });

    expect([first.Status, second.Status]).toEqual(["SUCCESS", "SUCCESS"]);
    const holder = functionUrlClient(api, { credentials: { accessKeyId, secretAccessKey } });
    await expect(holder.listQueues({})).rejects.toThrow("security token");
  });

  it("is refused with everything that is wrong with its policy", async ({ client: _ }) => {
    const wrong = { ...properties, Actions: ["SendMessageBatch", "Fly"], Queues: ["a b"] };

    const answer = await ask({ type, properties: wrong });

    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason:
        "expected an action to be * or an SQS action, no batch, got SendMessageBatch; " +
        "expected an action to be * or an SQS action, no batch, got Fly; " +
        "expected a queue to be a name with * and ? as wildcards, got a b",
    });
  });

  it("fails with the reason when its secret cannot be written", async ({ client: _ }) => {
    secrets.fail(new AwsRefusal("AccessDeniedException", "role r may not"));

    const answer = await ask({ type, properties });

    expect(answer).toMatchObject({ Status: "FAILED", Reason: "role r may not" });
  });

  it("shows its secret to no log and no answer", async ({ client: _ }) => {
    await ask({ type, properties });

    const { secretAccessKey } = secretValue();
    expect(lines.join("")).toContain("resource.answered");
    expect(lines.join("")).not.toContain(secretAccessKey);
    expect(JSON.stringify(cloudFormation.answers)).not.toContain(secretAccessKey);
  });
});

describe("the function resource", () => {
  it("tries again to deliver its answer", async ({ client: _ }) => {
    cloudFormation.fail(503, 2);

    const answer = await ask({ properties: { QueueName: "delivered" } });

    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: "delivered" });
  });

  it("answers before its time is over", async ({ client: _ }) => {
    const answer = await ask({ properties: { QueueName: "late" } }, 24_000);

    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: "there was no time left: try again",
    });
  });

  it("answers for a type that it does not know", async ({ client: _ }) => {
    const answer = await ask({ type: "Custom::Other", properties: {} });

    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: "expected a type among Custom::MillraceQueue, Custom::MillraceAccessKey",
    });
  });

  it("refuses what is no question", async ({ client: _ }) => {
    await expect(handler({ Records: [] }, aLambdaContext())).rejects.toThrow(
      "expected a question of CloudFormation",
    );
  });
});

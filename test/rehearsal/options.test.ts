import { Agent } from "node:http";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SQS } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { signAt } from "../support/knownCallers.ts";
import { sqsClient } from "../support/sqsClient.ts";
import { comparisons, refusedCalls, rightsInExcess } from "./access/comparisons.ts";
import { account, region } from "./cloud.ts";
import { tourOfPoll, tourOfSweep } from "./functionTours.ts";
import { timeMsMax } from "./killing.ts";
import { tourOfQueues } from "./queueTour.ts";
import { RehearsalClock } from "./rehearsalClock.ts";
import { textOf } from "./template/template.ts";
import { rehearse } from "./tenant.ts";
import { tenantTest } from "./tenantTest.ts";
import { bucketThreshold, declareWorkedQueues, type Rehearsed } from "./workedQueues.ts";

/*
 * A tenant with every option that functions can see: a key of the customer's, provisioned capacity, a
 * threshold of the bucket, and a domain, behind which callers know nothing of the function's URL.
 */

const clock = new RehearsalClock();
const domainName = "queues.acme.example";
const provisioned = { read: { min: 7, max: 70 }, write: { min: 8, max: 80 } };

const it = tenantTest<Rehearsed>(async () => {
  const tenant = await rehearse({
    clock,
    declare: declareWorkedQueues,
    props: {
      customerKey: true,
      provisioned,
      bucketThreshold,
      domain: {
        domainName,
        certificateArn: `arn:aws:acm:us-east-1:${account}:certificate/a`,
      },
    },
  });
  return { tenant, client: clientOf(tenant), clock };
});

/** A client that knows the tenant by its domain alone, and finds the domain where DNS would lead it. */
function clientOf({ deployment, key }: Rehearsed["tenant"]): SQS {
  const origin = `http://${domainName}`;
  const [host, port] = textOf(deployment.outputs["DomainTarget"]).split(":");
  signAt(origin, { key, nowMs: () => clock.nowMs() });
  return sqsClient(origin, "JSON", {
    // Queue URLs begin with https, for which the rehearsal has no certificate.
    useQueueUrlAsEndpoint: false,
    requestHandler: { httpAgent: new Agent({ keepAlive: true, host, port: Number(port) }) },
  });
}

describe("a tenant with every option", () => {
  it("tells its functions of them", ({ rehearsed }) => {
    const { deployment } = rehearsed.tenant;
    const optionsOf = (name: string) => {
      const { environment } = deployment.functionNamed(name).description;
      const told = ["PUBLIC_URL", "BUCKET_THRESHOLD", "KMS_KEY"];
      return told.map((option) => environment[`MILLRACE_${option}`]);
    };

    const key = textOf(deployment.outputs["KeyArn"]);
    const threshold = `${bucketThreshold}`;
    expect(optionsOf("QueueApi")).toEqual([`https://${domainName}`, threshold, key]);
    expect(optionsOf("Sweeper")).toEqual([undefined, threshold, undefined]);
    expect(optionsOf("Poller")).toEqual([undefined, threshold, undefined]);
    expect(optionsOf("Declarations")).toEqual([undefined, undefined, key]);
  });

  it("has a table of the capacity that it begins with", async ({ rehearsed }) => {
    const { outputs, cloud } = rehearsed.tenant.deployment;
    const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
    const { endpoint } = cloud.dynamodb;
    const dynamodb = new DynamoDBClient({ endpoint, region, credentials });
    const command = new DescribeTableCommand({ TableName: textOf(outputs["TableName"]) });

    const { Table } = await dynamodb.send(command);

    dynamodb.destroy();
    expect(Table?.ProvisionedThroughput).toMatchObject({
      ReadCapacityUnits: provisioned.read.min,
      WriteCapacityUnits: provisioned.write.min,
    });
  });

  it("is reached under its domain, and its queues have URLs of that", async ({ rehearsed }) => {
    const { client, tenant } = rehearsed;
    const QueueUrl = `https://${domainName}/${account}/numbers`;

    const { QueueUrl: found } = await client.getQueueUrl({ QueueName: "numbers" });
    const { QueueUrls } = await client.listQueues({ QueueNamePrefix: "numbers" });

    expect([found, QueueUrls]).toEqual([QueueUrl, [QueueUrl]]);
    const secrets = [...tenant.deployment.cloud.secretValues.values()];
    expect(secrets.map((value) => JSON.parse(value).endpoint)).toEqual([`https://${domainName}`]);
  });

  it("is reached under no other name by way of its domain's target", async ({ rehearsed }) => {
    const target = textOf(rehearsed.tenant.deployment.outputs["DomainTarget"]);

    const { status } = await fetch(`http://${target}/`);

    expect(status).toBe(403);
  });

  it("is asked under the URL of its function as well, which tells of the domain", async ({
    rehearsed,
  }) => {
    const { deployment, key } = rehearsed.tenant;
    const url = Object.entries(deployment.outputs).find(([id]) => id.includes("FunctionUrl"));
    const { origin } = new URL(textOf(url?.[1]));
    signAt(origin, { key, nowMs: () => clock.nowMs() });
    const client = sqsClient(origin);

    const { QueueUrl } = await client.getQueueUrl({ QueueName: "numbers" });

    client.destroy();
    expect(QueueUrl).toBe(`https://${domainName}/${account}/numbers`);
  });

  it("does all that a tenant does, and each role is allowed that and nothing more", {
    timeout: 2 * timeMsMax,
  }, async ({ rehearsed }) => {
    const { deployment } = rehearsed.tenant;
    const { swept, moved } = await tourOfSweep(rehearsed);
    const deadLetters = await tourOfPoll(rehearsed);
    await tourOfQueues(rehearsed);
    const [queue = ""] = deployment.customResourcesOf("Custom::MillraceQueue");
    const [adminKey = ""] = deployment.customResourcesOf("Custom::MillraceAccessKey");
    // The next process finds the key that the first has made for sealing.
    deployment.functionNamed("Declarations").pool.killAll();
    await deployment.updateCustomResource(queue, { Attributes: { VisibilityTimeout: "77" } });
    await deployment.updateCustomResource(adminKey, { Description: "the next one" });

    const found = comparisons(deployment);

    expect([swept, moved, deadLetters]).toEqual([[0, 4], [3, 0], 2]);
    expect(refusedCalls(found)).toEqual([]);
    expect(rightsInExcess(found)).toEqual([]);
  });

  it("tells queues and keys of another domain", async ({ rehearsed }) => {
    const { deployment } = rehearsed.tenant;
    const Endpoint = "https://new.acme.example";
    const [queue = ""] = deployment.customResourcesOf("Custom::MillraceQueue");
    const [adminKey = ""] = deployment.customResourcesOf("Custom::MillraceAccessKey");
    const [before] = [...deployment.cloud.secretValues.values()].map((value) => JSON.parse(value));

    await deployment.updateCustomResource(adminKey, { Endpoint });
    const { QueueUrl } = await deployment.updateCustomResource(queue, { Endpoint });

    const [after] = [...deployment.cloud.secretValues.values()].map((value) => JSON.parse(value));
    expect(after).toEqual({ ...before, endpoint: Endpoint });
    expect(QueueUrl).toMatch(/^https:\/\/new\.acme\.example\/\d{12}\/dead/);
  });
});

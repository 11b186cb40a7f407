import { readFileSync } from "node:fs";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { describe, expect, it } from "vitest";
import { readTenants } from "../../infra/tenants.ts";

const acme = { name: "acme", region: "eu-central-1" };

describe("readTenants", () => {
  it("takes a name and a region, and leaves the rest to the defaults", () => {
    const [tenant] = readTenants({ tenants: [acme] }, "tenants.json");

    expect(tenant).toMatchObject({
      stackName: "Millrace-acme",
      props: {
        tenantName: "acme",
        env: { region: "eu-central-1" },
        removalPolicy: RemovalPolicy.RETAIN,
        queueAccount: undefined,
      },
      triggers: [],
    });
  });

  it("reads everything that may be said", () => {
    const [tenant] = readTenants(
      {
        tenants: [
          {
            ...acme,
            account: "111122223333",
            awsAccount: "444455556666",
            removalPolicy: "destroy",
            provisioned: { read: { min: 1, max: 2 }, write: { min: 3, max: 4 } },
            bucketThreshold: 65_536,
            restoredTable: "acme-restored",
            customerKey: true,
            domain: { name: "queues.acme.example", certificateArn },
            reservedConcurrency: 100,
            logLevel: "debug",
            logRetentionDays: 90,
            tracing: true,
            alarms: { email: "oncall@acme.example", oldestMessageMinutes: 60, concurrency: 50 },
            triggers: [
              {
                name: "ship-orders",
                queue: "orders",
                worker: workerArn,
                batchSize: 100,
                batchingWindowSeconds: 5,
                maxConcurrency: 2,
                reportBatchItemFailures: true,
                waitSeconds: 20,
              },
            ],
          },
        ],
      },
      "tenants.json",
    );

    expect(tenant?.props).toEqual({
      tenantName: "acme",
      env: { region: "eu-central-1", account: "444455556666" },
      queueAccount: "111122223333",
      removalPolicy: RemovalPolicy.DESTROY,
      provisioned: { read: { min: 1, max: 2 }, write: { min: 3, max: 4 } },
      bucketThreshold: 65_536,
      restoredTable: "acme-restored",
      customerKey: true,
      domain: { domainName: "queues.acme.example", certificateArn },
      reservedConcurrency: 100,
      logLevel: "debug",
      logRetention: RetentionDays.THREE_MONTHS,
      tracing: true,
      alarms: {
        email: "oncall@acme.example",
        oldestMessageAge: Duration.minutes(60),
        concurrency: 50,
      },
    });
    expect(tenant?.triggers).toEqual([
      {
        name: "ship-orders",
        queue: "orders",
        workerArn,
        batchSize: 100,
        maxBatchingWindow: Duration.seconds(5),
        maxConcurrency: 2,
        reportBatchItemFailures: true,
        waitTime: Duration.seconds(20),
      },
    ]);
  });

  it("says everything that is wrong at once, each after its path", () => {
    const wrong = () =>
      readTenants(
        {
          tenants: [
            { name: "Acme!", region: "eu-central-1", removalPolicy: "maybe", colour: "red" },
            {
              name: "globex",
              region: "mars",
              account: 42,
              provisioned: { read: { min: 5, max: 1 } },
              domain: { name: "queues.globex.example", certificateArn: euCertificateArn },
              bucketThreshold: 0,
              alarms: { email: "nobody" },
              triggers: [{ name: "a", queue: "orders", worker: "orders", batchSize: "ten" }],
            },
            { name: "globex" },
            "initech",
          ],
        },
        "tenants.json",
      );

    expect(wrong).toThrow(
      [
        "tenants.json:",
        '  tenants[0].name: expected lower-case letters, digits and hyphens, at most 32, beginning with a letter, got "Acme!"',
        '  tenants[0].removalPolicy: expected "retain" or "destroy", got "maybe"',
        "  tenants[0].colour: expected one of name, region, awsAccount, removalPolicy, logRetentionDays, triggers, account, provisioned, bucketThreshold, restoredTable, customerKey, domain, reservedConcurrency, logLevel, tracing, alarms",
        '  tenants[1].region: expected a region of AWS, got "mars"',
        '  tenants[1].triggers[0].worker: expected the ARN of a function, got "orders"',
        '  tenants[1].triggers[0].batchSize: expected 1 to 10000, got "ten"',
        "  tenants[1].account: expected twelve digits, got 42",
        "  tenants[1].provisioned.read.max: expected at least min, 5, got 1",
        "  tenants[1].provisioned.write: expected an object with min and max, got nothing",
        '  tenants[1].bucketThreshold: expected 1 to 1048576, or "never", got 0',
        `  tenants[1].domain.certificateArn: expected the ARN of a certificate in us-east-1, got "${euCertificateArn}"`,
        '  tenants[1].alarms.email: expected an e-mail address, got "nobody"',
        "  tenants[2].region: expected a region of AWS, got nothing",
        '  tenants[2].name: expected another name than that of tenants[1], got "globex"',
        '  tenants[3]: expected an object, got "initech"',
      ].join("\n"),
    );
  });

  it("says what is wrong with triggers of FIFO queues, of other regions and of one name", () => {
    const elsewhere = workerArn.replace("eu-central-1", "us-east-1");
    const fifo = { queue: "steps.fifo", batchSize: 100, batchingWindowSeconds: 5 };
    const triggers = [
      { name: "steps", worker: workerArn, ...fifo },
      { name: "steps", worker: elsewhere, queue: "orders" },
    ];

    expect(() => readTenants({ tenants: [{ ...acme, triggers }] }, "tenants.json")).toThrow(
      [
        "tenants.json:",
        "  tenants[0].triggers[0].batchSize: expected 1 to 10, of a FIFO queue, got 100",
        "  tenants[0].triggers[0].batchingWindowSeconds: expected 0, of a FIFO queue, got 5",
        `  tenants[0].triggers[1].worker: expected a function in the tenant's region, eu-central-1, got "${elsewhere}"`,
        '  tenants[0].triggers[1].name: expected another name than that of triggers[0], got "steps"',
      ].join("\n"),
    );
  });

  it.each([
    [{}, "tenants: expected at least one tenant, got none"],
    [{ tenants: [] }, "tenants: expected at least one tenant, got none"],
    [{ tenants: "acme" }, 'tenants: expected a list, got "acme"'],
    [{ tenants: [acme], tenant: 1 }, "tenant: expected one of tenants"],
  ])("refuses %j", (given, problem) => {
    expect(() => readTenants(given, "tenants.json")).toThrow(problem);
  });

  it("accepts the example", () => {
    const example: unknown = JSON.parse(readFileSync("tenants.example.json", "utf8"));

    expect(readTenants(example, "tenants.example.json")).toHaveLength(2);
  });
});

const workerArn = "arn:aws:lambda:eu-central-1:111122223333:function:ship-orders";
const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/0a1b";
const euCertificateArn = certificateArn.replace("us-east-1", "eu-central-1");

import { App, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { beforeAll, describe, expect, it } from "vitest";
import { bucketActions, objectActions } from "../../infra/queueBucket.ts";
import { tableActions } from "../../infra/tableAccess.ts";
import { openSecretsActions, sealSecretsActions } from "../../infra/tenantKey.ts";
import type { TenantStackProps } from "../../infra/tenantStack.ts";
import { aTenant } from "./aTenant.ts";

const templateOf = (props: Partial<TenantStackProps> = {}): Template =>
  Template.fromStack(aTenant(props));

let template: Template;

beforeAll(() => {
  template = templateOf();
});

const functions = {
  api: "Answers the SQS clients of the tenant acme",
  sweep: "Does the scheduled work of the tenant acme",
  poll: "Triggers the workers of the tenant acme",
  resource: "Makes the queues and access keys that stacks declare of the tenant acme",
} as const;
type FunctionName = keyof typeof functions;
const functionNames = ["api", "sweep", "poll", "resource"] as const;

interface Found {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

function functionIn(of: Template, name: FunctionName): Found {
  const [found] = Object.entries(
    of.findResources("AWS::Lambda::Function", { Properties: { Description: functions[name] } }),
  );
  if (found === undefined) throw new Error(`expected the function ${name}, got none`);
  return { id: found[0], properties: found[1]["Properties"] };
}

/** What a function may do: each action, with the logical id of what it may be done to. */
function rightsOf(of: Template, name: FunctionName): readonly string[] {
  return rightsOfRole(of, roleOf(of, name));
}

function rightsOfRole(of: Template, id: string): readonly string[] {
  const role = JSON.stringify({ Ref: id });
  const policies = Object.values(of.findResources("AWS::IAM::Policy"));
  return policies
    .filter(({ Properties: { Roles } }) => JSON.stringify(Roles[0]) === role)
    .flatMap(({ Properties: { PolicyDocument } }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource, Condition }) =>
      [Action]
        .flat()
        .map((action) => [action, nameIn(Resource), ...partitionsIn(Condition)].join(" ")),
    )
    .sort();
}

/** The partition keys that a right is limited to, as `of queues.{AWS::AccountId}`. */
function partitionsIn(condition: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const text = (part: unknown) => (typeof part === "string" ? part : `{${Object(part).Ref}}`);
  const words = { "ForAllValues:StringLike": "of", "ForAllValues:StringNotLike": "not of" };
  return Object.entries(words).flatMap(([operator, word]) => {
    const keys = Object(condition[operator])["dynamodb:LeadingKeys"];
    if (keys === undefined) return [];
    const patterns = keys.map((key: Readonly<Record<string, unknown[]>>) =>
      typeof key === "string" ? key : key["Fn::Join"]?.flat(2).map(text).join(""),
    );
    return [`${word} ${patterns.join(" ")}`];
  });
}

function roleOf(of: Template, name: FunctionName): string {
  const { Role } = functionIn(of, name).properties;
  return nameIn(Role);
}

/** The logical id that a reference names, without its hash, and what of it. */
function nameIn(reference: unknown): string {
  const text = JSON.stringify(reference);
  const id = /"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(text)?.[1] ?? text;
  return text.includes("/*") ? `${id}/*` : id;
}

const table = "QueueTableAD5B8F13";
const bucket = "QueueBucket646145FB";
const key = "TenantKey28C6FA36";
const on = (actions: readonly string[], resource: string) =>
  actions.map((action) => `${action} ${resource}`);
const large = [...on(objectActions, `${bucket}/*`), ...on(bucketActions, bucket)];
/** What is done to queues and messages; `without` are the last parts of actions that are not needed. */
const toQueues = (...without: readonly string[]) =>
  on(
    tableActions.filter((action) => !without.some((end) => action.endsWith(end))),
    `${table} not of key.* keys.* sealing`,
  );
const logs = ["logs:CreateLogStream", "logs:PutLogEvents"];

describe("each function of a tenant", () => {
  it.each([
    ["api", 30],
    ["sweep", 60],
    ["poll", 900],
    ["resource", 120],
  ] as const)("%s runs Node 24 on arm64, for %i seconds at most", (name, Timeout) => {
    expect(functionIn(template, name).properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      Timeout,
    });
  });

  const common = {
    MILLRACE_TABLE: { Ref: table },
    MILLRACE_ACCOUNT: { Ref: "AWS::AccountId" },
    MILLRACE_TENANT: "acme",
  };
  const bucketed = { MILLRACE_BUCKET: { Ref: bucket } };
  const sealing = { MILLRACE_KMS_KEY: { "Fn::GetAtt": [key, "Arn"] } };

  it.each([
    ["api", { ...common, ...bucketed, ...sealing }],
    ["sweep", { ...common, ...bucketed }],
    ["poll", { ...common, ...bucketed }],
    ["resource", { ...common, ...sealing }],
  ] as const)("%s is told what it needs, and nothing else", (name, variables) => {
    expect(functionIn(template, name).properties["Environment"]).toEqual({ Variables: variables });
  });

  it.each([
    [
      "api",
      [
        ...toQueues(),
        `dynamodb:GetItem ${table} of key.* sealing`,
        ...large,
        ...on(openSecretsActions, key),
      ],
    ],
    ["sweep", [...toQueues("PartiQLInsert", "PartiQLUpdate"), ...large]],
    ["poll", [...toQueues("PartiQLInsert"), ...large]],
    [
      "resource",
      [
        ...["GetItem", "PutItem", "UpdateItem"].map(
          (action) => `dynamodb:${action} ${table} of queues.{AWS::AccountId}`,
        ),
        ...["DeleteItem", "GetItem", "PutItem"].map(
          (action) => `dynamodb:${action} ${table} of key.*`,
        ),
        ...["DeleteItem", "PutItem"].map(
          (action) => `dynamodb:${action} ${table} of keys.{AWS::AccountId}`,
        ),
        ...["GetItem", "PutItem"].map((action) => `dynamodb:${action} ${table} of sealing`),
        ...on(sealSecretsActions, key),
        "secretsmanager:PutSecretValue AdminKeySecretCA126E48",
      ],
    ],
  ] as const)("%s may do what it does, and nothing else", (name, rights) => {
    const held = rightsOf(template, name).filter((right) => !right.startsWith("logs:"));

    expect(held).toEqual([...rights].sort());
  });

  it.each(functionNames)("%s writes a log of its own, kept for a month", (name) => {
    const { LoggingConfig } = functionIn(template, name).properties;
    const group = nameIn(LoggingConfig);

    expect(template.findResources("AWS::Logs::LogGroup")[group]).toMatchObject({
      Properties: { RetentionInDays: 30 },
    });
    const written = rightsOf(template, name).filter((right) => right.startsWith("logs:"));
    expect(written).toEqual(on(logs, group));
  });

  it("has a role that no other function has", () => {
    const roles = functionNames.map((name) => roleOf(template, name));

    expect(new Set(roles).size).toBe(4);
  });
});

describe("the URL of a tenant", () => {
  it("is let through by Lambda, to a function that checks each signature", () => {
    template.resourceCountIs("AWS::Lambda::Url", 1);
    template.hasResourceProperties("AWS::Lambda::Url", {
      AuthType: "NONE",
      TargetFunctionArn: { "Fn::GetAtt": [functionIn(template, "api").id, "Arn"] },
    });
  });

  it("is the only way in: whoever is let invoke it comes by the URL", () => {
    const permissions = Object.values(template.findResources("AWS::Lambda::Permission"));

    expect(permissions.map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" }),
      expect.objectContaining({ Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true }),
    ]);
  });

  it("has a name of the tenant's own if asked, of which the function knows", () => {
    const domained = templateOf({
      domain: { domainName: "queues.acme.example", certificateArn: "arn:aws:acm:us-east-1:1:c/a" },
    });

    domained.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: {
        Aliases: ["queues.acme.example"],
        DefaultCacheBehavior: {
          AllowedMethods: Match.arrayWith(["GET", "POST", "DELETE"]),
          CachePolicyId: cachingDisabled,
          OriginRequestPolicyId: allViewerExceptHostHeader,
          ViewerProtocolPolicy: "https-only",
        },
      },
    });
    expect(functionIn(domained, "api").properties).toMatchObject({
      Environment: { Variables: { MILLRACE_PUBLIC_URL: "https://queues.acme.example" } },
    });
    domained.hasResourceProperties("Custom::MillraceAccessKey", {
      Endpoint: "https://queues.acme.example",
    });
  });
});

/** CloudFront's own policies, by the ids that AWS documents. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

describe("the bucket of a tenant", () => {
  it("is private, and forgets what no message can need any more", () => {
    template.hasResource("AWS::S3::Bucket", {
      DeletionPolicy: "Retain",
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: Match.absent(),
        LifecycleConfiguration: {
          Rules: [
            {
              Status: "Enabled",
              ExpirationInDays: 16,
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            },
          ],
        },
      },
    });
  });

  it("refuses whoever comes without TLS", () => {
    template.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: "s3:*",
            Principal: { AWS: "*" },
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    });
  });

  it("takes messages from another size on if asked", () => {
    const { properties } = functionIn(templateOf({ bucketThreshold: 65_536 }), "api");

    expect(properties).toMatchObject({
      Environment: { Variables: { MILLRACE_BUCKET_THRESHOLD: "65536" } },
    });
  });

  it("is not there if asked, and nobody is told of one", () => {
    const bare = templateOf({ bucketThreshold: "never" });

    bare.resourceCountIs("AWS::S3::Bucket", 0);
    expect(JSON.stringify(bare.toJSON())).not.toContain("MILLRACE_BUCKET");
  });
});

describe("the schedule of the sweep", () => {
  it("fires each minute and makes up for nothing, since the next minute does", () => {
    template.resourceCountIs("AWS::Scheduler::Schedule", 1);
    template.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      State: "ENABLED",
      Target: {
        Arn: { "Fn::GetAtt": [functionIn(template, "sweep").id, "Arn"] },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        DeadLetterConfig: Match.absent(),
      },
    });
    template.allResourcesProperties("AWS::Lambda::EventInvokeConfig", {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  it("may invoke the sweep and nothing else, for this tenant's schedules only", () => {
    const [group] = Object.keys(template.findResources("AWS::Scheduler::ScheduleGroup"));

    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: [
          {
            Action: "lambda:InvokeFunction",
            Effect: "Allow",
            Resource: { "Fn::GetAtt": [functionIn(template, "sweep").id, "Arn"] },
          },
        ],
      },
    });
    template.hasResourceProperties("AWS::IAM::Role", {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: "scheduler.amazonaws.com" },
            Condition: {
              StringEquals: {
                "aws:SourceAccount": { Ref: "AWS::AccountId" },
                "aws:SourceArn": { "Fn::GetAtt": [group, "Arn"] },
              },
            },
          }),
        ],
      },
    });
  });
});

describe("the alarms of a tenant", () => {
  it.each([
    ["AWS/Lambda", "Errors"],
    ["AWS/Lambda", "Throttles"],
    ["AWS/Lambda", "Duration"],
    ["AWS/Lambda", "ConcurrentExecutions"],
    ["AWS/Lambda", "Url5xxCount"],
  ])("watch %s %s of the api", (Namespace, MetricName) => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace,
      MetricName,
      Dimensions: [{ Name: "FunctionName", Value: { Ref: functionIn(template, "api").id } }],
    });
  });

  it.each([
    ["ApproximateAgeOfOldestMessage", 15 * 60],
    ["DeadLetterMessages", 1],
  ])("watch %s of all queues", (MetricName, Threshold) => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Namespace: "Millrace",
      MetricName,
      Dimensions: [{ Name: "Tenant", Value: "acme" }],
      Statistic: "Maximum",
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold,
    });
  });

  it.each(["WriteThrottleEvents", "TargetErrorCount", "Invocations"])("watch %s", (MetricName) => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      Metrics: Match.arrayWith([
        Match.objectLike({
          MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName }) }),
        }),
      ]),
    });
  });

  it("all say what to do, and to whom: the topic, at the beginning and at the end", () => {
    const [topic] = Object.keys(template.findResources("AWS::SNS::Topic"));

    template.allResourcesProperties("AWS::CloudWatch::Alarm", {
      AlarmDescription: Match.stringLikeRegexp("."),
      AlarmActions: [{ Ref: topic }],
      OKActions: [{ Ref: topic }],
      TreatMissingData: "notBreaching",
    });
    template.resourceCountIs("AWS::SNS::Subscription", 0);
  });

  it("reach an address if one is given", () => {
    const watched = templateOf({ alarms: { email: "oncall@acme.example" } });

    watched.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "oncall@acme.example",
    });
  });

  it("wait as long as they are told", () => {
    const patient = templateOf({ alarms: { oldestMessageAge: Duration.hours(2) } });

    patient.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "ApproximateAgeOfOldestMessage",
      Threshold: 7200,
    });
  });

  it("think of concurrency as what is reserved for the api", () => {
    const reserved = templateOf({ reservedConcurrency: 100 });

    reserved.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "ConcurrentExecutions",
      Threshold: 80,
    });
    expect(functionIn(reserved, "api").properties).toMatchObject({
      ReservedConcurrentExecutions: 100,
    });
  });
});

describe("the dashboard of a tenant", () => {
  it("shows every queue, the callers, the functions and the table", () => {
    const [page] = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
    const shown = JSON.stringify(page);

    for (const metric of [
      "ApproximateAgeOfOldestMessage",
      "ApproximateNumberOfMessagesVisible",
      "DeadLetterMessages",
      "Url5xxCount",
      "ConcurrentExecutions",
      "WriteThrottleEvents",
    ]) {
      expect(shown).toContain(metric);
    }
    expect(shown).toContain('Tenant=\\\\\\"acme\\\\\\"');
  });
});

describe("a tenant that is removed", () => {
  it("leaves its messages, by default, and is protected itself", () => {
    const tenant = aTenant();
    const kept = Template.fromStack(tenant);

    expect(tenant.terminationProtection).toBe(true);
    for (const type of ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"]) {
      kept.allResources(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    }
  });

  it("takes them along only if it says that it is disposable", () => {
    const tenant = aTenant({ removalPolicy: RemovalPolicy.DESTROY });
    const gone = Template.fromStack(tenant);

    expect(tenant.terminationProtection).toBe(false);
    for (const type of ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"]) {
      gone.allResources(type, { DeletionPolicy: "Delete" });
    }
  });
});

describe("the key of a tenant", () => {
  it("is renewed each year", () => {
    template.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
  });
});

describe("a container that serves a tenant", () => {
  it("may do what the api may and see if there are keys, and write no log of the functions", () => {
    const tenant = aTenant();
    const role = new Role(tenant, "Task", {
      assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com"),
    });

    tenant.grantServe(role);

    const served = Template.fromStack(tenant);
    const api = rightsOf(served, "api").filter((right) => !right.startsWith("logs:"));
    const looksForKeys = `dynamodb:Query ${table} of keys.*`;
    expect(rightsOfRole(served, tenant.resolve(role.roleName).Ref)).toEqual(
      [...api, looksForKeys].toSorted(),
    );
  });
});

describe("two tenants", () => {
  it("are two stacks that share nothing and wait for nothing of each other", () => {
    const app = new App();
    const acme = aTenant({ tenantName: "acme" }, app);
    const globex = aTenant({ tenantName: "globex", queueAccount: "444455556666" }, app);

    const [ofAcme, ofGlobex] = [acme, globex].map((each) =>
      JSON.stringify(Template.fromStack(each).toJSON()),
    );

    expect([acme.dependencies, globex.dependencies]).toEqual([[], []]);
    expect(ofAcme).not.toMatch(/globex|444455556666|Fn::ImportValue/);
    expect(ofGlobex).not.toMatch(/acme|Fn::ImportValue/);
  });
});

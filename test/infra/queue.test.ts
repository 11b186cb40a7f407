import { App, Duration, RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import { consumeActions, sendActions } from "../../infra/accessKey.ts";
import { Queue, type QueueProps } from "../../infra/queue.ts";
import type { TenantStack } from "../../infra/tenantStack.ts";
import { aTenant } from "./aTenant.ts";

interface Setup {
  readonly app: App;
  readonly tenant: TenantStack;
  readonly stack: Stack;
  readonly synthesized: () => Template;
}

/** A stack of its own beside a tenant's, as a team that has workers would write it. */
function setUp(): Setup {
  const app = new App();
  const tenant = aTenant({}, app);
  const stack = new Stack(app, "Workers", { env: { region: "eu-central-1" } });
  return { app, tenant, stack, synthesized: () => Template.fromStack(stack) };
}

type Pair = readonly [tenant: Template, workers: Template];

function aQueue(props: Partial<QueueProps> = {}): Template {
  const { tenant, stack, synthesized } = setUp();
  new Queue(stack, "Orders", { tenant, ...props });
  return synthesized();
}

function aFunction(stack: Stack, id = "Worker"): LambdaFunction {
  return new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("//"),
  });
}

describe("Queue", () => {
  it("is made by the tenant's own function, which is asked for the queue's URL and ARN", () => {
    const { tenant, stack, synthesized } = setUp();
    const queue = new Queue(stack, "Orders", { tenant, queueName: "orders" });

    synthesized().hasResourceProperties("Custom::MillraceQueue", {
      ServiceToken: { "Fn::ImportValue": Match.stringLikeRegexp("Declarations.*Arn") },
      QueueName: "orders",
      Attributes: {},
      Tags: {},
      OnDelete: "retain",
    });
    expect(stack.resolve([queue.queueUrl, queue.queueArn])).toEqual([
      { "Fn::GetAtt": [expect.any(String), "QueueUrl"] },
      { "Fn::GetAtt": [expect.any(String), "QueueArn"] },
    ]);
  });

  it("is told where the tenant is reached, so that another domain changes its URL", () => {
    const templates = [undefined, "queues.acme.example"].map((domainName) => {
      const app = new App();
      const domain = domainName && { domainName, certificateArn: "arn:aws:acm:us-east-1:1:c/a" };
      const tenant = aTenant({ ...(domain && { domain }) }, app);
      const stack = new Stack(app, "Workers", { env: { region: "eu-central-1" } });
      new Queue(stack, "Orders", { tenant }).grantSend(aFunction(stack));
      return [Template.fromStack(tenant), Template.fromStack(stack)] as const;
    });

    const [[plain, imports], [domained, names]] = templates as [Pair, Pair];
    const exported = { "Fn::ImportValue": Match.stringLikeRegexp("FunctionUrl") };
    for (const type of ["Custom::MillraceQueue", "Custom::MillraceAccessKey"]) {
      imports.hasResourceProperties(type, { Endpoint: exported });
      names.hasResourceProperties(type, { Endpoint: "https://queues.acme.example" });
    }
    // What the other stack still imports while the tenant's is deployed is not taken from it.
    const urlOf = (template: Template) =>
      Object.values(template.findOutputs("*")).filter(({ Export }) =>
        JSON.stringify(Export ?? "").includes("FunctionUrl"),
      );
    expect(urlOf(plain)).toHaveLength(1);
    expect(urlOf(domained)).toEqual(urlOf(plain));
  });

  it("passes on every attribute, under SQS's names", () => {
    aQueue({
      queueName: "orders.fifo",
      contentBasedDeduplication: true,
      deduplicationScope: "messageGroup",
      fifoThroughputLimit: "perMessageGroupId",
      deliveryDelay: Duration.minutes(1),
      maxMessageSizeBytes: 2048,
      receiveMessageWaitTime: Duration.seconds(20),
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.minutes(5),
      redriveAllowPolicy: { redrivePermission: "denyAll" },
    }).hasResourceProperties("Custom::MillraceQueue", {
      Attributes: {
        FifoQueue: "true",
        ContentBasedDeduplication: "true",
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
        DelaySeconds: "60",
        MaximumMessageSize: "2048",
        ReceiveMessageWaitTimeSeconds: "20",
        MessageRetentionPeriod: "1209600",
        VisibilityTimeout: "300",
        RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
      },
    });
  });

  it("names its dead-letter queue by the ARN that the service gives it", () => {
    const { tenant, stack, synthesized } = setUp();
    const dead = new Queue(stack, "Dead", { tenant, queueName: "orders-dead" });
    new Queue(stack, "Orders", { tenant, deadLetterQueue: { queue: dead, maxReceiveCount: 5 } });

    synthesized().hasResourceProperties("Custom::MillraceQueue", {
      Attributes: {
        RedrivePolicy: {
          "Fn::Join": [
            "",
            [
              '{"deadLetterTargetArn":"',
              { "Fn::GetAtt": [Match.stringLikeRegexp("^Dead"), "QueueArn"] },
              '","maxReceiveCount":5}',
            ],
          ],
        },
      },
    });
  });

  it.each([
    [false, /^Workers-Orders-[0-9A-F]+$/],
    [true, /^Workers-Orders-[0-9A-F]+\.fifo$/],
  ])("is named after its path if nobody names it, fifo: %s", (fifo, form) => {
    const { tenant, stack } = setUp();

    expect(new Queue(stack, "Orders", { tenant, fifo }).queueName).toMatch(form);
  });

  it("carries the tags of its construct", () => {
    const { tenant, stack, synthesized } = setUp();
    new Queue(stack, "Orders", { tenant });
    Tags.of(stack).add("team", "shipping");

    synthesized().hasResourceProperties("Custom::MillraceQueue", { Tags: { team: "shipping" } });
  });

  it("goes with its messages only if it says so", () => {
    aQueue({ removalPolicy: RemovalPolicy.DESTROY }).hasResourceProperties(
      "Custom::MillraceQueue",
      { OnDelete: "delete" },
    );
  });

  it("says everything that is wrong at once", () => {
    const { tenant, stack } = setUp();
    const dead = new Queue(stack, "Dead", { tenant, fifo: true });

    const wrong = () =>
      new Queue(stack, "Orders", {
        tenant,
        queueName: "no spaces",
        contentBasedDeduplication: true,
        visibilityTimeout: Duration.hours(13),
        retentionPeriod: Duration.seconds(59),
        maxMessageSizeBytes: 1,
        deadLetterQueue: { queue: dead, maxReceiveCount: 0 },
      });

    expect(wrong).toThrow(
      [
        "Workers/Orders: queueName: expected letters, digits, - and _, at most 80, got no spaces",
        "Workers/Orders: retentionPeriod: expected 60 to 1209600 seconds, got 59",
        "Workers/Orders: visibilityTimeout: expected 0 to 43200 seconds, got 46800",
        "Workers/Orders: maxMessageSizeBytes: expected 1024 to 1048576, got 1",
        "Workers/Orders: deadLetterQueue.maxReceiveCount: expected 1 to 1000, got 0",
        "Workers/Orders: deadLetterQueue.queue: expected a standard queue",
        "Workers/Orders: contentBasedDeduplication: expected none for a standard queue, got true",
      ].join("\n"),
    );
  });

  it("has metrics under SQS's names", () => {
    const { tenant, stack } = setUp();
    const queue = new Queue(stack, "Orders", { tenant, queueName: "orders" });

    expect(queue.metric("ApproximateAgeOfOldestMessage")).toMatchObject({
      namespace: "Millrace",
      metricName: "ApproximateAgeOfOldestMessage",
      dimensions: { Tenant: "acme", QueueName: "orders" },
    });
  });
});

describe("a grant on a queue", () => {
  it("makes a key for this queue alone, and lets the grantee read its secret", () => {
    const { tenant, stack, synthesized } = setUp();
    const queue = new Queue(stack, "Orders", { tenant, queueName: "orders" });
    const role = new Role(stack, "Sender", {
      assumedBy: new ServicePrincipal("ec2.amazonaws.com"),
    });

    queue.grantSend(role);

    const template = synthesized();
    const [secret] = Object.keys(template.findResources("AWS::SecretsManager::Secret"));
    template.hasResourceProperties("Custom::MillraceAccessKey", {
      Actions: [...sendActions],
      Queues: ["orders"],
      Description: "for Workers/Sender",
      SecretArn: { Ref: secret },
    });
    template.hasResourceProperties("AWS::IAM::Policy", {
      Roles: [{ Ref: Match.stringLikeRegexp("^Sender") }],
      PolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            Resource: { Ref: secret },
          },
        ],
      },
    });
  });

  it("tells a function where its queue is and in which secret its key", () => {
    const { tenant, stack, synthesized } = setUp();
    const queue = new Queue(stack, "OrdersQueue", { tenant });

    queue.grantSend(aFunction(stack));

    synthesized().hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          ORDERS_QUEUE_URL: { "Fn::GetAtt": [Match.stringLikeRegexp("^OrdersQueue"), "QueueUrl"] },
          ORDERS_QUEUE_SECRET_ARN: { Ref: Match.stringLikeRegexp("^OrdersQueueWorkerAccess") },
        },
      },
    });
  });

  it("adds to the key that the grantee has", () => {
    const { tenant, stack, synthesized } = setUp();
    const queue = new Queue(stack, "Orders", { tenant });
    const worker = aFunction(stack);

    queue.grantSend(worker);
    queue.grantConsume(worker);

    const template = synthesized();
    template.resourceCountIs("Custom::MillraceAccessKey", 1);
    template.hasResourceProperties("Custom::MillraceAccessKey", {
      Actions: [...new Set([...sendActions, ...consumeActions])].sort(),
    });
  });

  it("of everything names everything", () => {
    const { tenant, stack, synthesized } = setUp();
    const queue = new Queue(stack, "Orders", { tenant });
    const worker = aFunction(stack);

    queue.grantSend(worker);
    queue.grantManage(worker);

    synthesized().hasResourceProperties("Custom::MillraceAccessKey", { Actions: ["*"] });
  });

  it("gives each grantee a key of its own", () => {
    const { tenant, stack, synthesized } = setUp();
    const queue = new Queue(stack, "Orders", { tenant });

    queue.grantSend(aFunction(stack, "One"));
    queue.grantSend(aFunction(stack, "Other"));

    synthesized().resourceCountIs("Custom::MillraceAccessKey", 2);
  });

  it("has the grantee wait until the key is in the secret", () => {
    const { tenant, stack, synthesized } = setUp();
    new Queue(stack, "Orders", { tenant }).grantSend(aFunction(stack));

    const template = synthesized();
    const [key] = Object.keys(template.findResources("Custom::MillraceAccessKey"));
    template.hasResource("AWS::Lambda::Function", { DependsOn: Match.arrayWith([key]) });
  });

  it("refuses to set a variable of a function that another queue has set", () => {
    const { tenant, stack, app } = setUp();
    const worker = aFunction(stack);
    const other = new Stack(app, "Other", { env: { region: "eu-central-1" } });
    new Queue(stack, "Orders", { tenant }).grantSend(worker);
    const queue = new Queue(other, "Orders", { tenant });

    expect(() => queue.grantSend(worker)).toThrow(
      "expected a variablePrefix for the grant on Other/Orders: ORDERS_QUEUE_URL of Workers/Worker is set by Workers/Orders",
    );
    expect(() => queue.grantSend(worker, { variablePrefix: "MORE" })).not.toThrow();
  });

  it("refuses whoever cannot hold a key", () => {
    const { tenant, stack } = setUp();
    const queue = new Queue(stack, "Orders", { tenant });

    expect(() => queue.grantSend(new ServicePrincipal("ec2.amazonaws.com"))).toThrow(
      "expected the grantee to be a construct",
    );
  });
});

describe("a grant on a tenant", () => {
  it("reaches all queues, or those that are named", () => {
    const tenant = aTenant();
    const worker = aFunction(tenant);

    tenant.grantManage(worker);
    tenant.grantConsume(worker, { queues: ["orders-*"], variablePrefix: "ORDERS" });

    const template = Template.fromStack(tenant);
    template.hasResourceProperties("Custom::MillraceAccessKey", {
      Actions: ["*"],
      Queues: ["*"],
      Description: "for Millrace-acme/Worker",
    });
    template.hasResourceProperties("Custom::MillraceAccessKey", {
      Actions: [...consumeActions],
      Queues: ["orders-*"],
    });
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          MILLRACE_ENDPOINT: Match.anyValue(),
          MILLRACE_SECRET_ARN: Match.anyValue(),
          ORDERS_ENDPOINT: Match.anyValue(),
          ORDERS_SECRET_ARN: Match.anyValue(),
        },
      },
    });
  });
});

describe("AccessKey", () => {
  it("lets the tenant's function fill this secret before it asks for the key", () => {
    const tenant = aTenant();
    const template = Template.fromStack(tenant);
    const [secret] = Object.keys(template.findResources("AWS::SecretsManager::Secret"));
    const [policy] = Object.keys(
      template.findResources("AWS::IAM::Policy", {
        Properties: {
          PolicyDocument: {
            Statement: [
              {
                Action: "secretsmanager:PutSecretValue",
                Effect: "Allow",
                Resource: { Ref: secret },
              },
            ],
          },
        },
      }),
    );

    template.hasResource("Custom::MillraceAccessKey", {
      DependsOn: [policy],
      Properties: { SecretArn: { Ref: secret }, Actions: ["*"], Queues: ["*"] },
    });
  });

  it("is there once for the people who run the tenant, and the stack says where", () => {
    const template = Template.fromStack(aTenant());
    const [secret] = Object.keys(template.findResources("AWS::SecretsManager::Secret"));

    template.hasOutput("AdminKeySecret", { Value: { Ref: secret } });
  });
});

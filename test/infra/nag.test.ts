import { App, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { Queue } from "../../infra/queue.ts";
import type { TenantStack } from "../../infra/tenantStack.ts";
import { WorkerTrigger } from "../../infra/workerTrigger.ts";
import { aTenant } from "./aTenant.ts";

function aCheckedApp(): App {
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** A stack of somebody else's, with all that it may have of a tenant. */
function withQueues(app: App, tenant: TenantStack): Stack {
  const stack = new Stack(app, `Workers-${tenant.tenantName}`, { env: { region: tenant.region } });
  const worker = new LambdaFunction(stack, "Worker", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("//"),
    role: new Role(stack, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") }),
  });
  const dead = new Queue(stack, "Dead", { tenant });
  const orders = new Queue(stack, "Orders", {
    tenant,
    deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
  });
  new WorkerTrigger(stack, "Trigger", { tenant, queue: orders, worker });
  orders.grantSend(worker);
  tenant.grantManage(worker);
  return stack;
}

describe("the AwsSolutions rules of cdk-nag", () => {
  it("hold for two tenants with queues, triggers, grants and a domain", () => {
    const app = aCheckedApp();
    const acme = aTenant({ tenantName: "acme", tracing: true }, app);
    const globex = aTenant(
      {
        tenantName: "globex",
        customerKey: true,
        removalPolicy: RemovalPolicy.DESTROY,
        provisioned: { read: { min: 1, max: 10 }, write: { min: 1, max: 10 } },
        domain: {
          domainName: "queues.globex.example",
          certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/a",
        },
        alarms: { email: "oncall@globex.example" },
      },
      app,
    );
    withQueues(app, acme);
    withQueues(app, globex);

    expect(() => app.synth()).not.toThrow();
  });

  it("would find a bucket that anybody reaches without TLS", () => {
    const app = aCheckedApp();
    new Bucket(new Stack(app, "Careless"), "Open");

    expect(() => app.synth()).toThrow("AwsSolutions-S10");
  });
});

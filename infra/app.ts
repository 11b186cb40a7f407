import { App } from "aws-cdk-lib";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { findTenants } from "./findTenants.ts";
import { TenantStack } from "./tenantStack.ts";
import { type TenantConfig, TenantsError } from "./tenants.ts";
import { WorkerTrigger } from "./workerTrigger.ts";

const app = new App();
const functionsFolder: unknown = app.node.tryGetContext("functionsFolder");

for (const { stackName, props, triggers } of tenants()) {
  const tenant = new TenantStack(app, stackName, {
    ...props,
    ...(typeof functionsFolder === "string" && { functionsFolder }),
  });
  for (const { name, workerArn, ...trigger } of triggers) {
    new WorkerTrigger(tenant, `Trigger-${name}`, {
      ...trigger,
      tenant,
      worker: LambdaFunction.fromFunctionArn(tenant, `Worker-${name}`, workerArn),
    });
  }
}

function tenants(): readonly TenantConfig[] {
  try {
    return findTenants(app.node);
  } catch (error) {
    if (!(error instanceof TenantsError)) throw error;
    // Where in the program it was noticed helps nobody who has to mend a file.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

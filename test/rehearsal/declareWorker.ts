import { join } from "node:path";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { build } from "esbuild";
import type { TenantStack } from "../../infra/tenantStack.ts";

/** Puts a worker of the folder `workers` into a stack, as a user of the constructs would. */
export async function declareWorker(
  tenant: TenantStack,
  name: "failsOdd",
  folder: string,
): Promise<LambdaFunction> {
  const code = join(folder, name);
  await build({
    entryPoints: [join(import.meta.dirname, "workers", `${name}.ts`)],
    outfile: join(code, "index.mjs"),
    platform: "node",
    format: "esm",
    bundle: true,
    logLevel: "silent",
  });
  return new LambdaFunction(tenant, "Worker", {
    code: Code.fromAsset(code),
    handler: "index.handler",
    runtime: Runtime.NODEJS_24_X,
  });
}

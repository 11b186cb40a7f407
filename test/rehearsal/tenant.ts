import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, RemovalPolicy } from "aws-cdk-lib";
import { bundleFunction, functionNames } from "../../build/functionBundle.ts";
import { TenantStack, type TenantStackProps } from "../../infra/tenantStack.ts";
import type { SigningIdentity } from "../support/signer.ts";
import { account, region } from "./cloud.ts";
import { Deployment, type DeploymentOptions } from "./deployment.ts";
import { synthesize } from "./template/assembly.ts";
import { fieldsOf, textOf } from "./template/template.ts";

export interface RehearseOptions extends DeploymentOptions {
  readonly props?: Partial<TenantStackProps>;
  /** Puts further constructs into the stack. `folder` is fresh, for the code of functions. */
  readonly declare?: (tenant: TenantStack, folder: string) => Promise<void>;
}

/** A tenant that is deployed on this machine, and how to reach it. */
export interface RehearsedTenant {
  readonly deployment: Deployment;
  /** Scheme, host and port of the tenant's endpoint. */
  readonly origin: string;
  /** The access key in the secret of the tenant's administrators. */
  readonly key: SigningIdentity;
  close(): Promise<void>;
}

/** Builds the functions, synthesizes a stack as `cdk synth` does, and deploys what that has written. */
export async function rehearse({
  props,
  declare,
  ...options
}: RehearseOptions = {}): Promise<RehearsedTenant> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-synth-"));
  try {
    const functionsFolder = join(folder, "functions");
    for (const name of await functionNames()) {
      await bundleFunction(name, join(functionsFolder, name));
    }
    const app = new App({ outdir: join(folder, "cdk.out") });
    const tenant = new TenantStack(app, stackName, {
      env: { account, region },
      tenantName: "acme",
      removalPolicy: RemovalPolicy.DESTROY,
      functionsFolder,
      ...props,
    });
    await declare?.(tenant, folder);
    return tenantOf(await Deployment.create(await synthesize(app, stackName), options));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const stackName = "Millrace-acme";

function tenantOf(deployment: Deployment): RehearsedTenant {
  return {
    deployment,
    origin: new URL(textOf(deployment.outputs["Endpoint"])).origin,
    key: adminKeyOf(deployment),
    close: () => deployment.close(),
  };
}

/** The access key that is in the secret of the tenant's administrators now. */
export function adminKeyOf({ cloud, outputs }: Deployment): SigningIdentity {
  const secretArn = textOf(outputs["AdminKeySecret"]);
  const value = fieldsOf(JSON.parse(cloud.secretValues.get(secretArn) ?? "null"), secretArn);
  return {
    accessKeyId: textOf(value["accessKeyId"]),
    secretAccessKey: textOf(value["secretAccessKey"]),
  };
}

import { Aws, Duration } from "aws-cdk-lib";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { variableOf } from "#service/flags.ts";
import { declareAccess } from "./tableAccess.ts";
import { type FunctionSettings, TenantFunction } from "./tenantFunction.ts";
import type { TenantKey } from "./tenantKey.ts";

export interface DeclarationsProps extends FunctionSettings {
  /** Seals the secrets of the access keys. The function gets the right to make them. */
  readonly key: TenantKey;
}

/** The function that makes true what a stack declares: queues and access keys. */
export class Declarations extends Construct {
  readonly function: LambdaFunction;
  /** Each access key adds the right to fill its secret. */
  readonly role: IRole;
  readonly timeout = Duration.minutes(2);

  constructor(scope: Construct, id: string, { key, ...props }: DeclarationsProps) {
    super(scope, id);
    const resource = new TenantFunction(this, "Resource", {
      ...props,
      bucket: undefined,
      name: "resource",
      access: declareAccess(props.queueAccount ?? Aws.ACCOUNT_ID),
      description: `Makes the queues and access keys that stacks declare of the tenant ${props.tenantName}`,
      memorySize: 512,
      timeout: this.timeout,
      environment: { [variableOf("kms-key")]: key.key.keyArn },
    });
    key.grantSealSecrets(resource);
    this.function = resource.function;
    this.role = resource.role;
  }
}

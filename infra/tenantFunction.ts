import { Aws, type Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { type IGrantable, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { variableOf } from "#service/flags.ts";
import { type FunctionName, functionCode } from "./functionAssets.ts";
import type { QueueBucket } from "./queueBucket.ts";
import type { ServedTable } from "./queueTable.ts";
import type { TableRight } from "./tableAccess.ts";

/** What all functions of a tenant have in common. */
export interface FunctionSettings {
  /** Lower-case letters, digits and hyphens. It names the tenant in metrics and logs. */
  readonly tenantName: string;

  /** Where the queues are. Each function gets the right to do what it does there. */
  readonly table: ServedTable;

  /**
   * Where the contents of large messages are.
   *
   * @default - in the table
   */
  readonly bucket?: QueueBucket | undefined;

  /**
   * The twelve digits in queue URLs and ARNs. Any will do: no account of AWS is asked.
   *
   * @default - the account that is deployed to
   */
  readonly queueAccount?: string | undefined;

  /**
   * Where the built functions are, a folder for each.
   *
   * @default - the package's own
   */
  readonly functionsFolder?: string | undefined;

  /**
   * The least serious event that is logged.
   *
   * @default "info"
   */
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "silent" | undefined;

  /** @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays | undefined;

  /**
   * Whether requests are traced in AWS X-Ray, which takes its own sample of them.
   *
   * @default false
   */
  readonly tracing?: boolean | undefined;
}

interface TenantFunctionProps extends FunctionSettings {
  readonly name: FunctionName;
  readonly description: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly environment?: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number | undefined;
  /** What it does to the table. */
  readonly access: readonly TableRight[];
}

/**
 * One function of a tenant: its code as it was built, a role of its own that may write its log, do
 * `access` to the tenant's table and use its bucket if it is told of that, and a log that ends.
 */
export class TenantFunction extends Construct implements IGrantable {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: TenantFunctionProps) {
    super(scope, id);
    const { name, tracing = false, reservedConcurrency } = props;
    this.role = new Role(this, "Role", {
      description: `The function ${name} of the tenant ${props.tenantName}`,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    const logGroup = new LogGroup(this, "Log", {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, "Function", {
      description: props.description,
      code: functionCode(name, props.functionsFolder),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      timeout: props.timeout,
      environment: { ...commonEnvironment(props), ...props.environment },
      role: this.role,
      logGroup,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: reservedConcurrency,
      }),
    });
    props.table.grant(this.role, props.access);
    props.bucket?.grantServe(this.role);
    if (tracing) {
      Validations.of(this.role).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "X-Ray's two actions for sending traces know no resources.",
      });
    }
  }

  get grantPrincipal(): Role {
    return this.role;
  }
}

function commonEnvironment(props: TenantFunctionProps): Readonly<Record<string, string>> {
  const { tenantName, table, bucket, queueAccount = Aws.ACCOUNT_ID, logLevel, tracing } = props;
  const threshold = bucket?.thresholdBytes;
  return {
    [variableOf("table")]: table.tableName,
    [variableOf("account")]: queueAccount,
    [variableOf("tenant")]: tenantName,
    ...(bucket !== undefined && { [variableOf("bucket")]: bucket.bucketName }),
    ...(threshold !== undefined && { [variableOf("bucket-threshold")]: `${threshold}` }),
    ...(logLevel !== undefined && { [variableOf("log-level")]: logLevel }),
    ...(tracing === true && { POWERTOOLS_TRACE_ENABLED: "true" }),
  };
}

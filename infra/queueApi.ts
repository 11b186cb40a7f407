import { join } from "node:path";
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Architecture, FunctionUrlAuthType, InvokeMode, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { variableOf } from "#service/flags.ts";
import type { QueueTable } from "./queueTable.ts";

export interface QueueApiProps {
  /** Where the queues are. The function gets the right to serve them. */
  readonly table: QueueTable;
}

const root = join(import.meta.dirname, "..");

/** Some of what we bundle is CommonJS and asks for `require`, which a module does not have. */
const requireForBundled =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * The function that answers every request, and its URL. The URL admits only callers with IAM
 * permission to invoke it: there is no other authentication yet, so there is no public door.
 */
export class QueueApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { table }: QueueApiProps) {
    super(scope, id);
    const api = new NodejsFunction(this, "Function", {
      description: "Answers the requests of SQS clients",
      entry: join(root, "functions", "api.ts"),
      projectRoot: root,
      depsLockFilePath: join(root, "package-lock.json"),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 1024,
      // The longest poll takes 20 seconds.
      timeout: Duration.seconds(30),
      environment: {
        [variableOf("table")]: table.tableName,
        [variableOf("account")]: Stack.of(this).account,
      },
      logGroup: new LogGroup(this, "Log", {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      bundling: {
        format: OutputFormat.ESM,
        target: "node24",
        mainFields: ["module", "main"],
        banner: requireForBundled,
        minify: true,
        // The SDK goes into the bundle: the version that was tested, and only what is used of it.
        externalModules: [],
        bundleAwsSDK: true,
      },
    });
    table.grantServe(api);
    const functionUrl = api.addFunctionUrl({
      authType: FunctionUrlAuthType.AWS_IAM,
      invokeMode: InvokeMode.BUFFERED,
    });
    this.url = functionUrl.url;
  }
}

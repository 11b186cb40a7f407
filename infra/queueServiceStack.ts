import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { QueueApi } from "./queueApi.ts";
import { QueueTable } from "./queueTable.ts";

export interface QueueServiceStackProps extends StackProps {
  /**
   * Whether the stack is for a trial: it may be deleted, and its messages go with it.
   *
   * @default false
   */
  readonly isDisposable?: boolean;
}

/** One tenant's queues: a table and the function that serves it. */
export class QueueServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: QueueServiceStackProps = {}) {
    const { isDisposable = false, ...stackProps } = props;
    super(scope, id, { terminationProtection: !isDisposable, ...stackProps });
    const table = new QueueTable(this, "QueueTable", {
      removalPolicy: isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const api = new QueueApi(this, "QueueApi", { table });
    new CfnOutput(this, "QueueApiUrl", { value: api.url });
  }
}

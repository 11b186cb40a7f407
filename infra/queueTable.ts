import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { type Key, ttlAttribute } from "#table/table.ts";

export interface QueueTableProps {
  /**
   * What becomes of the table, and of every message in it, when the stack goes. With anything but
   * `DESTROY` the table is also protected from deletion by hand.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What the DynamoDB adapter calls, and nothing more. A transaction asks for the actions in it. */
export const tableActions = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:ConditionCheckItem",
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PartiQLDelete",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
] as const;

/**
 * The table that holds every queue: on demand, encrypted under AWS's key for DynamoDB, restorable to
 * any second of the last 35 days, and kept when the stack goes. It has no index.
 */
export class QueueTable extends Construct {
  readonly tableName: string;
  readonly #table: Table;

  constructor(scope: Construct, id: string, props: QueueTableProps = {}) {
    super(scope, id);
    const { removalPolicy = RemovalPolicy.RETAIN } = props;
    this.#table = new Table(this, "Table", {
      partitionKey: { name: "pk" satisfies keyof Key, type: AttributeType.STRING },
      sortKey: { name: "sk" satisfies keyof Key, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: ttlAttribute,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    this.tableName = this.#table.tableName;
  }

  /** Lets somebody serve queues from this table: `tableActions`, on this table alone. */
  grantServe(grantee: IGrantable): Grant {
    return this.#table.grant(grantee, ...tableActions);
  }
}

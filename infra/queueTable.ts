import { RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  type ITable,
  Table,
  TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { type Key, ttlAttribute } from "#table/table.ts";

/** How far a provisioned table scales, in capacity units. */
export interface CapacityRange {
  /** At least 1. */
  readonly min: number;
  /** At least `min`. */
  readonly max: number;
}

/** A table that is paid for by the hour, whatever is asked of it. */
export interface ProvisionedCapacity {
  readonly read: CapacityRange;
  readonly write: CapacityRange;
}

export interface QueueTableProps {
  /**
   * What becomes of the table, and of every message in it, when the stack goes. With anything but
   * `DESTROY` the table is also protected from deletion by hand.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;

  /**
   * Pays for capacity by the hour and scales it to 70 % use. Scaling takes minutes, and what comes
   * before it is throttled.
   *
   * @default - on demand: pays for each request, and serves any load within minutes
   */
  readonly provisioned?: ProvisionedCapacity | undefined;

  /**
   * A key of yours that encrypts the table. Each function that uses the table may then use the key,
   * by way of DynamoDB alone.
   *
   * @default - AWS's key for DynamoDB
   */
  readonly encryptionKey?: IKey | undefined;
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

/** What is called for queues and access keys themselves, where no message is touched. */
export const declareActions = [
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
] as const;

/** What DynamoDB asks of a caller whose table is under a key of the customer. */
const tableKeyActions = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
] as const;

const utilizationPercent = 70;

/** A table that holds queues. */
export interface ServedTable {
  readonly tableName: string;
  /** Lets somebody serve queues from it: `tableActions`. */
  grantServe(grantee: IGrantable): Grant;
  /** Lets somebody make and delete queues and access keys in it: `declareActions`. */
  grantDeclare(grantee: IGrantable): Grant;
}

/**
 * A table that a backup was restored to, by whoever did that. The stack serves it and changes nothing
 * about it.
 */
export function restoredTable(
  scope: Construct,
  id: string,
  { tableName, encryptionKey }: { tableName: string; encryptionKey: IKey | undefined },
): ServedTable {
  const table = Table.fromTableName(scope, id, tableName);
  const granted = { table, key: encryptionKey };
  return {
    tableName,
    grantServe: (grantee) => grantOn(granted, grantee, tableActions),
    grantDeclare: (grantee) => grantOn(granted, grantee, declareActions),
  };
}

interface Granted {
  readonly table: Pick<ITable, "tableArn" | "env">;
  readonly key: IKey | undefined;
}

function grantOn({ table, key }: Granted, grantee: IGrantable, actions: readonly string[]): Grant {
  const resourceArns = [table.tableArn];
  const grant = Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns });
  if (key === undefined) return grant;
  return grant.combine(
    Grant.addToPrincipal({
      grantee,
      actions: [...tableKeyActions],
      resourceArns: [key.keyArn],
      conditions: {
        StringEquals: { "kms:ViaService": `dynamodb.${table.env.region}.amazonaws.com` },
      },
    }),
  );
}

/**
 * The table that holds every queue: on demand, encrypted, restorable to any second of the last 35
 * days, and kept when the stack goes. It has no index.
 */
export class QueueTable extends Construct implements ServedTable {
  readonly tableName: string;
  readonly #table: Table;
  readonly #granted: Granted;

  constructor(scope: Construct, id: string, props: QueueTableProps = {}) {
    super(scope, id);
    const { removalPolicy = RemovalPolicy.RETAIN, provisioned, encryptionKey } = props;
    this.#table = new Table(this, "Table", {
      partitionKey: { name: "pk" satisfies keyof Key, type: AttributeType.STRING },
      sortKey: { name: "sk" satisfies keyof Key, type: AttributeType.STRING },
      timeToLiveAttribute: ttlAttribute,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
      ...(encryptionKey === undefined
        ? { encryption: TableEncryption.AWS_MANAGED }
        : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
      ...(provisioned === undefined
        ? { billingMode: BillingMode.PAY_PER_REQUEST }
        : {
            billingMode: BillingMode.PROVISIONED,
            readCapacity: provisioned.read.min,
            writeCapacity: provisioned.write.min,
          }),
    });
    if (provisioned !== undefined) this.#scale(provisioned);
    this.tableName = this.#table.tableName;
    this.#granted = { table: this.#table, key: encryptionKey };
  }

  /** Lets somebody serve queues from this table: `tableActions`, on this table alone. */
  grantServe(grantee: IGrantable): Grant {
    return grantOn(this.#granted, grantee, tableActions);
  }

  /** Lets somebody make and delete queues and access keys: `declareActions`, on this table alone. */
  grantDeclare(grantee: IGrantable): Grant {
    return grantOn(this.#granted, grantee, declareActions);
  }

  #scale({ read, write }: ProvisionedCapacity): void {
    const bounds = ({ min, max }: CapacityRange) => ({ minCapacity: min, maxCapacity: max });
    const target = { targetUtilizationPercent: utilizationPercent };
    this.#table.autoScaleReadCapacity(bounds(read)).scaleOnUtilization(target);
    this.#table.autoScaleWriteCapacity(bounds(write)).scaleOnUtilization(target);
  }
}

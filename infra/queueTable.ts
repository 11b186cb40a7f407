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
import type { TableRight } from "./tableAccess.ts";

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
  /** Lets somebody do this to the items of this table alone. */
  grant(grantee: IGrantable, rights: readonly TableRight[]): Grant;
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
    grant: (grantee, rights) => grantOn(granted, grantee, rights),
  };
}

interface Granted {
  readonly table: Pick<ITable, "tableArn" | "env">;
  readonly key: IKey | undefined;
}

function grantOn(
  { table, key }: Granted,
  grantee: IGrantable,
  rights: readonly TableRight[],
): Grant {
  const resourceArns = [table.tableArn];
  const grants = rights.map(({ actions, partitions }) =>
    Grant.addToPrincipal({
      grantee,
      actions: [...actions],
      resourceArns,
      conditions: leadingKeys(partitions),
    }),
  );
  if (key !== undefined) {
    grants.push(
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
  return grants.reduce((all, grant) => all.combine(grant));
}

/** IAM's word for partition keys, all of those that a call names. */
function leadingKeys(
  partitions: TableRight["partitions"],
): Record<string, Record<string, unknown>> {
  const [operator, patterns] =
    "are" in partitions
      ? (["StringLike", partitions.are] as const)
      : (["StringNotLike", partitions.areNot] as const);
  return { [`ForAllValues:${operator}`]: { "dynamodb:LeadingKeys": [...patterns] } };
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

  /** Lets somebody do this to the items of this table alone, by way of the table's key if it has one. */
  grant(grantee: IGrantable, rights: readonly TableRight[]): Grant {
    return grantOn(this.#granted, grantee, rights);
  }

  #scale({ read, write }: ProvisionedCapacity): void {
    const bounds = ({ min, max }: CapacityRange) => ({ minCapacity: min, maxCapacity: max });
    const target = { targetUtilizationPercent: utilizationPercent };
    this.#table.autoScaleReadCapacity(bounds(read)).scaleOnUtilization(target);
    this.#table.autoScaleWriteCapacity(bounds(write)).scaleOnUtilization(target);
  }
}

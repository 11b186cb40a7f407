import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { Access, type GrantOptions } from "./access.ts";
import { AccessKey, consumeActions, manageActions, sendActions } from "./accessKey.ts";
import { type AlarmOptions, TenantAlarms } from "./alarms.ts";
import { TenantDashboard } from "./dashboard.ts";
import { Declarations } from "./declarations.ts";
import { Poller } from "./poller.ts";
import { QueueApi, type QueueApiProps } from "./queueApi.ts";
import { QueueBucket } from "./queueBucket.ts";
import {
  type ProvisionedCapacity,
  QueueTable,
  restoredTable,
  type ServedTable,
} from "./queueTable.ts";
import { Sweeper } from "./sweeper.ts";
import { serverAccess } from "./tableAccess.ts";
import type { Tenant } from "./tenant.ts";
import type { FunctionSettings } from "./tenantFunction.ts";
import { TenantKey } from "./tenantKey.ts";

export interface TenantStackProps
  extends StackProps,
    Omit<FunctionSettings, "table" | "bucket">,
    Pick<QueueApiProps, "domain" | "reservedConcurrency"> {
  /**
   * What becomes of messages, access keys and logs when the stack goes. With anything but `DESTROY` the
   * stack itself is protected from deletion, and so is the table.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;

  /**
   * The name of a table that a backup of the tenant's table was restored to: it is served instead. The
   * tenant's own table stays, and nobody uses it.
   *
   * @default - the tenant's own table
   */
  readonly restoredTable?: string | undefined;

  /** @default - on demand */
  readonly provisioned?: ProvisionedCapacity | undefined;

  /**
   * From how many bytes on, compressed, a message is kept in a bucket: 1 to 1048576. `"never"`: there is
   * no bucket.
   *
   * @default 8192, where the price is that of the table
   */
  readonly bucketThreshold?: number | "never" | undefined;

  /**
   * Whether the tenant's own key encrypts the table and the bucket, too, and not the access keys
   * alone. Each request to KMS is paid for.
   *
   * @default false
   */
  readonly customerKey?: boolean | undefined;

  /** When people are called, and who. */
  readonly alarms?: AlarmOptions | undefined;
}

/** What a grant on a whole tenant may be narrowed by. */
export interface TenantGrantOptions extends GrantOptions {
  /**
   * Names of queues, of existing ones and of ones to come: `*` stands for any run of characters.
   *
   * @default - all
   */
  readonly queues?: readonly string[] | undefined;
}

/**
 * One tenant: a table, a bucket, a key, the functions that serve and work on them, and what tells people
 * when something is wrong. Nothing is shared with other tenants.
 */
export class TenantStack extends Stack implements Tenant {
  readonly tenantName: string;
  readonly api: QueueApi;
  readonly poller: Poller;
  readonly declarations: Declarations;
  /** May do everything: for the people who run the tenant. */
  readonly adminKey: AccessKey;
  readonly #store: { table: ServedTable; bucket: QueueBucket | undefined; key: TenantKey };
  readonly #accessByQueues = new Map<string, Access>();

  constructor(scope: Construct, id: string, props: TenantStackProps) {
    const { removalPolicy = RemovalPolicy.RETAIN, tenantName } = props;
    super(scope, id, {
      description: `Millrace: message queues of the tenant ${tenantName}`,
      terminationProtection: removalPolicy !== RemovalPolicy.DESTROY,
      ...props,
    });
    this.tenantName = tenantName;
    const key = new TenantKey(this, "TenantKey", { tenantName, removalPolicy });
    const encryptionKey = props.customerKey === true ? key.key : undefined;
    const own = new QueueTable(this, "QueueTable", {
      removalPolicy,
      encryptionKey,
      provisioned: props.provisioned,
    });
    const table =
      props.restoredTable === undefined
        ? own
        : restoredTable(this, "RestoredTable", { tableName: props.restoredTable, encryptionKey });
    const { bucketThreshold } = props;
    const bucket =
      bucketThreshold === "never"
        ? undefined
        : new QueueBucket(this, "QueueBucket", {
            removalPolicy,
            encryptionKey,
            thresholdBytes: bucketThreshold,
          });
    this.#store = { table, bucket, key };
    const settings: FunctionSettings = { ...props, table, bucket };
    const schedules = new ScheduleGroup(this, "Schedules", {
      removalPolicy: RemovalPolicy.DESTROY,
    });

    this.api = new QueueApi(this, "QueueApi", { ...props, ...settings, key });
    const { endpoint } = this.api;
    const sweeper = new Sweeper(this, "Sweeper", { ...settings, schedules });
    this.poller = new Poller(this, "Poller", { ...settings, schedules });
    this.declarations = new Declarations(this, "Declarations", { ...settings, key });
    this.adminKey = new AccessKey(this, "AdminKey", { tenant: this });

    const watched = { ...this, table, sweeper, schedules, tenantName };
    const { topic } = new TenantAlarms(this, "Alarms", { ...watched, ...props.alarms });
    new TenantDashboard(this, "Dashboard", watched);

    new CfnOutput(this, "Endpoint", { value: endpoint });
    // Other stacks import it while there is no domain. What is imported may not go, and so it stays for
    // the deployment in which a domain takes its place.
    this.exportValue(this.api.functionUrl);
    new CfnOutput(this, "AdminKeySecret", { value: this.adminKey.secret.secretArn });
    new CfnOutput(this, "TableName", { value: table.tableName });
    new CfnOutput(this, "KeyArn", { value: key.key.keyArn });
    if (bucket !== undefined) new CfnOutput(this, "BucketName", { value: bucket.bucketName });
    new CfnOutput(this, "AlarmTopic", { value: topic.topicArn });
    const { domainTarget } = this.api;
    if (domainTarget !== undefined) new CfnOutput(this, "DomainTarget", { value: domainTarget });
  }

  /**
   * Lets somebody send to the tenant's queues, by an access key in a secret. A Lambda function also
   * gets the variables `MILLRACE_ENDPOINT` and `MILLRACE_SECRET_ARN`. See `Queue` for grants on one.
   */
  grantSend(grantee: IGrantable, options: TenantGrantOptions = {}): Grant {
    return this.#access(options).grant(grantee, sendActions, options);
  }

  /** Lets somebody receive from the tenant's queues, and end the messages. Otherwise as `grantSend`. */
  grantConsume(grantee: IGrantable, options: TenantGrantOptions = {}): Grant {
    return this.#access(options).grant(grantee, consumeActions, options);
  }

  /** Lets somebody do everything, making and deleting queues included. Otherwise as `grantSend`. */
  grantManage(grantee: IGrantable, options: TenantGrantOptions = {}): Grant {
    return this.#access(options).grant(grantee, manageActions, options);
  }

  /**
   * Lets somebody serve the tenant's queues from elsewhere, such as a container that runs `millrace start
   * --table` beside the functions: the table, the bucket, and the key under which secrets are sealed.
   */
  grantServe(grantee: IGrantable): Grant {
    const { table, bucket, key } = this.#store;
    const grants = [table.grant(grantee, serverAccess), key.grantOpenSecrets(grantee)];
    if (bucket !== undefined) grants.push(bucket.grantServe(grantee));
    return grants.reduce((all, grant) => all.combine(grant));
  }

  /** The grants on one set of queues: those of a grantee share a key. */
  #access({ queues = ["*"] }: TenantGrantOptions): Access {
    const named = [...queues].sort().join(",");
    const access =
      this.#accessByQueues.get(named) ??
      new Access(new Construct(this, `Queues ${named}`), {
        tenant: this,
        queues,
        prefix: "MILLRACE",
        variables: (prefix, secretArn) => ({
          [`${prefix}_ENDPOINT`]: this.api.endpoint,
          [`${prefix}_SECRET_ARN`]: secretArn,
        }),
      });
    this.#accessByQueues.set(named, access);
    return access;
  }
}

import {
  CustomResource,
  Duration,
  Lazy,
  Names,
  RemovalPolicy,
  Stack,
  TagManager,
  TagType,
} from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { Access, type GrantOptions } from "./access.ts";
import { consumeActions, manageActions, sendActions } from "./accessKey.ts";
import { queueMetric } from "./metrics.ts";
import { attributesOf, type QueueAttributeProps } from "./queueAttributes.ts";
import type { Tenant } from "./tenant.ts";

/** Where messages go that were received too often. */
export interface DeadLetterQueue {
  /** Of the same tenant, and of the same kind: FIFO or not. */
  readonly queue: Queue;
  /** How often a message may be received before it goes: 1 to 1000. */
  readonly maxReceiveCount: number;
}

export interface QueueProps extends QueueAttributeProps {
  /** Whose queue it is. */
  readonly tenant: Tenant;

  /**
   * Letters, digits, `-` and `_`, at most 80. The name of a FIFO queue ends with `.fifo`. Another name
   * is another queue.
   *
   * @default - made of the path of the construct
   */
  readonly queueName?: string | undefined;

  /** @default - messages stay until they are deleted, or their retention period ends */
  readonly deadLetterQueue?: DeadLetterQueue | undefined;

  /**
   * What becomes of the queue, and of the messages in it, when it leaves the stack, or the stack goes.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/**
 * A queue of a tenant, with the property names of `Queue` in `aws-cdk-lib/aws-sqs`. Tags of the construct
 * are tags of the queue.
 *
 * Callers sign with access keys of the tenant, and not as an IAM principal. So each grant makes a key
 * that is limited to this queue and to what is granted, keeps it in a secret, and lets the grantee
 * read that secret: see `AccessKey` for what the secret holds and how a worker uses it.
 */
export class Queue extends Construct {
  readonly tags = new TagManager(TagType.MAP, "Custom::MillraceQueue");
  readonly queueName: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly fifo: boolean;
  readonly #tenant: Tenant;
  readonly #access: Access;

  constructor(scope: Construct, id: string, props: QueueProps) {
    super(scope, id);
    const { tenant, deadLetterQueue, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.#tenant = tenant;
    this.fifo = props.fifo ?? props.queueName?.endsWith(".fifo") ?? false;
    this.queueName = props.queueName ?? this.#ownName();
    const attributes = attributesOf(this.node.path, {
      ...props,
      queueName: this.queueName,
      fifo: this.fifo,
      deadLetters: deadLetterQueue && {
        fifo: deadLetterQueue.queue.fifo,
        maxReceiveCount: deadLetterQueue.maxReceiveCount,
      },
    });
    const resource = new CustomResource(this, "Resource", {
      resourceType: "Custom::MillraceQueue",
      serviceToken: tenant.declarations.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        QueueName: this.queueName,
        Attributes: { ...attributes, ...this.#policies(props) },
        Tags: Lazy.any({ produce: () => this.tags.renderTags() ?? {} }),
        Endpoint: tenant.api.endpoint,
        OnDelete: removalPolicy === RemovalPolicy.DESTROY ? "delete" : "retain",
      },
    });
    this.queueUrl = resource.getAttString("QueueUrl");
    this.queueArn = resource.getAttString("QueueArn");
    this.#access = new Access(this, {
      tenant,
      queues: [this.queueName],
      prefix: id,
      variables: (prefix, secretArn) => ({
        [`${prefix}_QUEUE_URL`]: this.queueUrl,
        [`${prefix}_QUEUE_SECRET_ARN`]: secretArn,
      }),
    });
  }

  /**
   * Lets somebody send: `sendActions`. A Lambda function also gets two variables, `ORDERS_QUEUE_URL` and
   * `ORDERS_QUEUE_SECRET_ARN` for a queue whose construct is called Orders.
   */
  grantSend(grantee: IGrantable, options?: GrantOptions): Grant {
    return this.#access.grant(grantee, sendActions, options);
  }

  /**
   * Lets somebody receive, delete and change the visibility of messages: `consumeActions`. A Lambda
   * function also gets the variables of `grantSend`. The worker of a `WorkerTrigger` needs no grant.
   */
  grantConsume(grantee: IGrantable, options?: GrantOptions): Grant {
    return this.#access.grant(grantee, consumeActions, options);
  }

  /** Lets somebody do everything to this queue. A Lambda function also gets the variables of `grantSend`. */
  grantManage(grantee: IGrantable, options?: GrantOptions): Grant {
    return this.#access.grant(grantee, manageActions, options);
  }

  /** A metric of this queue, under SQS's own name, as the sweep publishes it each minute. */
  metric(metricName: string, options: MetricOptions = {}): Metric {
    return queueMetric(this.#tenant.tenantName, this.queueName, metricName, options);
  }

  /** The attributes that name other queues, which may be known only when they are made. */
  #policies({ deadLetterQueue, redriveAllowPolicy }: QueueProps): Record<string, string> {
    const stack = Stack.of(this);
    return {
      ...(deadLetterQueue !== undefined && {
        RedrivePolicy: stack.toJsonString({
          deadLetterTargetArn: deadLetterQueue.queue.queueArn,
          maxReceiveCount: deadLetterQueue.maxReceiveCount,
        }),
      }),
      ...(redriveAllowPolicy !== undefined && {
        RedriveAllowPolicy: stack.toJsonString(redriveAllowPolicy),
      }),
    };
  }

  #ownName(): string {
    const suffix = this.fifo ? ".fifo" : "";
    const maxLength = 80 - suffix.length;
    return Names.uniqueResourceName(this, { maxLength, separator: "-" }) + suffix;
  }
}

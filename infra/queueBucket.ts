import { CfnResource, Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface QueueBucketProps {
  /**
   * What becomes of the bucket, and of the large messages in it, when the stack goes. `DESTROY` goes
   * through only once the bucket is empty, which the stack leaves to whoever deletes it.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;

  /**
   * From how many bytes on a message is kept here, compressed: 1 to 1048576.
   *
   * @default 8192, where the price is that of the table
   */
  readonly thresholdBytes?: number | undefined;

  /**
   * A key of yours that encrypts the objects.
   *
   * @default - S3's own key
   */
  readonly encryptionKey?: IKey | undefined;
}

/** What the S3 adapter calls on objects. */
export const objectActions = ["s3:GetObject", "s3:PutObject"] as const;

/** Without it S3 says that an object is forbidden when it is missing. */
export const bucketActions = ["s3:ListBucket"] as const;

/** What S3 asks of a caller whose bucket is under a key of the customer. */
const bucketKeyActions = ["kms:Decrypt", "kms:GenerateDataKey"] as const;

/** A message lives for 14 days at most, after 15 minutes of delay. Nothing else deletes objects. */
const lifetime = Duration.days(16);

/**
 * The bucket that keeps the contents of large messages beside the table: private, reached over TLS
 * only, without versions, and empty of what is older than any message can be.
 */
export class QueueBucket extends Construct {
  readonly bucketName: string;
  readonly thresholdBytes: number | undefined;
  readonly #bucket: Bucket;
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, props: QueueBucketProps = {}) {
    super(scope, id);
    const { removalPolicy = RemovalPolicy.RETAIN, thresholdBytes, encryptionKey } = props;
    this.thresholdBytes = thresholdBytes;
    this.#key = encryptionKey;
    this.#bucket = new Bucket(this, "Bucket", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: false,
      ...(encryptionKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
      lifecycleRules: [
        { expiration: lifetime, abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy,
    });
    this.bucketName = this.#bucket.bucketName;
    Validations.of(this.#bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Only the tenant's functions may use the bucket, and they log each request. An access log would cost a second write for each large message.",
    });
  }

  /** Lets somebody keep and read large messages: put and get of objects, and nothing else. */
  grantServe(grantee: IGrantable): Grant {
    const objects = this.#bucket.arnForObjects("*");
    this.#acknowledgeObjects(grantee);
    const grants = [
      Grant.addToPrincipal({ grantee, actions: [...objectActions], resourceArns: [objects] }),
      Grant.addToPrincipal({
        grantee,
        actions: [...bucketActions],
        resourceArns: [this.#bucket.bucketArn],
      }),
    ];
    const key = this.#key;
    if (key !== undefined) {
      grants.push(
        Grant.addToPrincipal({
          grantee,
          actions: [...bucketKeyActions],
          resourceArns: [key.keyArn],
          conditions: {
            StringEquals: { "kms:ViaService": `s3.${this.#bucket.env.region}.amazonaws.com` },
          },
        }),
      );
    }
    return grants.reduce((all, grant) => all.combine(grant));
  }

  #acknowledgeObjects({ grantPrincipal }: IGrantable): void {
    const resource = this.#bucket.node.defaultChild;
    if (!Construct.isConstruct(grantPrincipal) || !CfnResource.isCfnResource(resource)) return;
    Validations.of(grantPrincipal).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(resource)}.Arn>/*]`,
      reason:
        "Objects are named by the message that they belong to; the bucket holds nothing else.",
    });
  }
}

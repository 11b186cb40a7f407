import { CustomResource, Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { type Grant, type IGrantable, Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { Tenant } from "./tenant.ts";

/** What sending takes. */
export const sendActions = ["GetQueueAttributes", "GetQueueUrl", "SendMessage"] as const;

/** What receiving takes, to the end of each message. */
export const consumeActions = [
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ReceiveMessage",
] as const;

/** Everything. */
export const manageActions = ["*"] as const;

/** What the function that fills the secret calls. */
const secretActions = ["secretsmanager:PutSecretValue"] as const;

export interface AccessKeyProps {
  /** Whose queues the key reaches. */
  readonly tenant: Tenant;

  /**
   * Names of SQS actions, batches by the name of the single action. `sendActions`, `consumeActions`
   * and `manageActions` are lists for the common cases.
   *
   * @default - all
   */
  readonly actions?: readonly string[] | undefined;

  /**
   * Names of queues: `*` stands for any run of characters, `?` for any one.
   *
   * @default - all
   */
  readonly queues?: readonly string[] | undefined;

  /**
   * What the key is for, as `millrace keys list` shows it. A new description is a new key.
   *
   * @default - the path of the construct
   */
  readonly description?: string | undefined;
}

/**
 * An access key of a tenant, and the secret in AWS Secrets Manager that holds it, as JSON:
 *
 *     { "accessKeyId": "…", "secretAccessKey": "…", "endpoint": "https://…", "region": "…" }
 *
 * A worker reads the secret when it starts and hands the four to its SQS client:
 *
 *     const { endpoint, region, ...credentials } = JSON.parse(SecretString);
 *     const sqs = new SQSClient({ endpoint, region, credentials });
 *
 * A key whose actions, queues or description change is replaced, and the secret's value with it. The
 * old key ends with the deployment: a worker that is told `InvalidClientTokenId` reads the secret again.
 * When the tenant gets another domain, the secret says so, and the key stays.
 */
export class AccessKey extends Construct {
  readonly secret: Secret;
  readonly accessKeyId: string;

  constructor(scope: Construct, id: string, props: AccessKeyProps) {
    super(scope, id);
    const { tenant, actions = manageActions, queues = ["*"], description = this.node.path } = props;
    const { role, function: declared } = tenant.declarations;
    this.secret = new Secret(this, "Secret", {
      description: `Millrace: an access key of the tenant ${tenant.tenantName}`,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "A new description of the key replaces it; workers read the secret when they start.",
    });
    const mayFill = new Policy(this, "FillSecret", {
      statements: [
        new PolicyStatement({ actions: [...secretActions], resources: [this.secret.secretArn] }),
      ],
      roles: [role],
    });
    const key = new CustomResource(this, "Key", {
      resourceType: "Custom::MillraceAccessKey",
      serviceToken: declared.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        Actions: actions,
        Queues: queues,
        Description: description.slice(0, descriptionCharactersMax),
        Endpoint: tenant.api.endpoint,
        SecretArn: this.secret.secretArn,
      },
    });
    key.node.addDependency(mayFill);
    this.accessKeyId = key.ref;
  }

  /** Lets somebody use the key: read its secret, and nothing else. */
  grantRead(grantee: IGrantable): Grant {
    return this.secret.grantRead(grantee);
  }
}

const descriptionCharactersMax = 200;

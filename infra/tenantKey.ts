import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

/** Opens the data key under which the secrets of access keys are sealed. */
export const openSecretsActions = ["kms:Decrypt"] as const;

/** Makes that data key, where there is none yet, as well. */
export const sealSecretsActions = ["kms:Decrypt", "kms:GenerateDataKey"] as const;

/**
 * The key of a tenant. It seals the secrets of the tenant's access keys: who has the table, but may
 * not use the key, has none of them. It is renewed each year, and what it sealed stays readable.
 */
export class TenantKey extends Construct {
  readonly key: IKey;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly tenantName: string; readonly removalPolicy: RemovalPolicy },
  ) {
    super(scope, id);
    this.key = new Key(this, "Key", {
      description: `Millrace: the access keys of the tenant ${props.tenantName}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
  }

  /** Lets somebody check signatures. */
  grantOpenSecrets(grantee: IGrantable): Grant {
    return this.#grant(grantee, openSecretsActions);
  }

  /** Lets somebody make access keys, too. */
  grantSealSecrets(grantee: IGrantable): Grant {
    return this.#grant(grantee, sealSecretsActions);
  }

  #grant(grantee: IGrantable, actions: readonly string[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: [...actions],
      resourceArns: [this.key.keyArn],
    });
  }
}

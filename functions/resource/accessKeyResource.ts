import type { AccessKeyStore } from "#service/accessKeyStore.ts";
import { declaredPolicy } from "#service/declaredPolicy.ts";
import type { Asked, CustomResource, Made } from "./customResource.ts";

export interface AccessKeyResourceOptions {
  readonly keys: Pick<AccessKeyStore, "createOnce" | "delete">;
  /** Gives a secret of AWS Secrets Manager a value, under a token that makes a second time the first. */
  readonly putSecret: (arn: string, value: string, token: string) => Promise<void>;
  /** Whose queues the keys reach. */
  readonly account: string;
  /** Where they are reached. */
  readonly endpoint: string;
  readonly region: string;
}

/**
 * `Custom::MillraceAccessKey`: Actions, Queues, Description, and SecretArn, the secret whose value becomes
 * the key and where it is used. A key never changes: another one takes its place.
 */
export function accessKeyResource(options: AccessKeyResourceOptions): CustomResource {
  const { keys, putSecret, account, endpoint, region } = options;

  async function make({ properties, requestId }: Asked): Promise<Made> {
    const secretArn = properties.text("SecretArn");
    const { key, secret } = await keys.createOnce(requestId, {
      account,
      policy: declaredPolicy({
        actions: properties.list("Actions"),
        queues: properties.list("Queues"),
      }),
      description: properties.optionalText("Description"),
      expiresInSeconds: undefined,
    });
    const { accessKeyId } = key;
    const value = { accessKeyId, secretAccessKey: secret, endpoint, region };
    await putSecret(secretArn, JSON.stringify(value), requestId);
    return { physicalId: accessKeyId, attributes: { AccessKeyId: accessKeyId } };
  }

  return {
    create: make,

    async update(asked) {
      const { properties, before, physicalId } = asked;
      return properties.isSame(before, "Actions", "Queues", "Description", "SecretArn")
        ? { physicalId, attributes: { AccessKeyId: physicalId } }
        : await make(asked);
    },

    async delete({ physicalId }) {
      await keys.delete(account, physicalId);
    },
  };
}

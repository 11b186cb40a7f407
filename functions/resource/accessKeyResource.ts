import type { AccessKeyStore } from "#service/accessKeyStore.ts";
import { declaredPolicy } from "#service/declaredPolicy.ts";
import type { Asked, CustomResource, Made } from "./customResource.ts";
import { endpointIn } from "./endpointIn.ts";

export interface AccessKeyResourceOptions {
  readonly keys: Pick<AccessKeyStore, "createOnce" | "find" | "delete">;
  /** Gives a secret of AWS Secrets Manager a value, under a token that makes a second time the first. */
  readonly putSecret: (arn: string, value: string, token: string) => Promise<void>;
  /** Whose queues the keys reach. */
  readonly account: string;
  readonly region: string;
}

/**
 * `Custom::MillraceAccessKey`: Actions, Queues, Description, SecretArn, the secret whose value becomes the
 * key, and Endpoint, where the secret says that it is used. A key never changes: another one takes its
 * place. Where it is used may change, and the key stays.
 */
export function accessKeyResource(options: AccessKeyResourceOptions): CustomResource {
  const { keys, putSecret, account, region } = options;

  /** How to fill the secret. Throws before anything is made if it is not said where, or with what. */
  function secretOf({ properties, requestId }: Asked) {
    const arn = properties.text("SecretArn");
    const endpoint = endpointIn(properties);
    return async (accessKeyId: string, secretAccessKey: string): Promise<void> => {
      const value = { accessKeyId, secretAccessKey, endpoint, region };
      await putSecret(arn, JSON.stringify(value), requestId);
    };
  }

  async function make(asked: Asked): Promise<Made> {
    const { properties, requestId } = asked;
    const fill = secretOf(asked);
    const { key, secret } = await keys.createOnce(requestId, {
      account,
      policy: declaredPolicy({
        actions: properties.list("Actions"),
        queues: properties.list("Queues"),
      }),
      description: properties.optionalText("Description"),
      expiresInSeconds: undefined,
    });
    await fill(key.accessKeyId, secret);
    return madeKey(key.accessKeyId);
  }

  return {
    create: make,

    async update(asked) {
      const { properties, before, physicalId } = asked;
      if (!properties.isSame(before, "Actions", "Queues", "Description", "SecretArn")) {
        return await make(asked);
      }
      if (!properties.isSame(before, "Endpoint")) {
        // One that somebody disabled or deleted since is used nowhere, and stays as it is.
        const key = await keys.find(physicalId);
        if (key?.account === account) await secretOf(asked)(physicalId, key.secret);
      }
      return madeKey(physicalId);
    },

    async delete({ physicalId }) {
      await keys.delete(account, physicalId);
    },
  };
}

function madeKey(accessKeyId: string): Made {
  return { physicalId: accessKeyId, attributes: { AccessKeyId: accessKeyId } };
}

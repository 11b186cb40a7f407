import { type AwsJsonServer, AwsRefusal, startAwsJsonServer } from "./awsJsonServer.ts";

export interface FakeSecretsManager extends AwsJsonServer {
  /** The value of each secret, by its ARN. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Starts a server that keeps the values of secrets as AWS Secrets Manager does: PutSecretValue and
 * GetSecretValue. Give its address as AWS_ENDPOINT_URL_SECRETS_MANAGER. It has the secrets that are
 * named; without a list, every one.
 */
export async function startFakeSecretsManager(
  arns?: readonly string[],
): Promise<FakeSecretsManager> {
  const values = new Map<string, string>();
  const named = (arn: unknown): string => {
    if (typeof arn === "string" && (arns?.includes(arn) ?? true)) return arn;
    throw new AwsRefusal(
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
    );
  };
  const server = await startAwsJsonServer({
    PutSecretValue({ SecretId, SecretString, ClientRequestToken }) {
      const ARN = named(SecretId);
      values.set(ARN, String(SecretString));
      return { ARN, VersionId: ClientRequestToken, VersionStages: ["AWSCURRENT"] };
    },
    GetSecretValue({ SecretId }) {
      const ARN = named(SecretId);
      const SecretString = values.get(ARN);
      if (SecretString === undefined) {
        throw new AwsRefusal("ResourceNotFoundException", "there is no value yet");
      }
      return { ARN, SecretString, VersionStages: ["AWSCURRENT"] };
    },
  });
  return { ...server, values };
}

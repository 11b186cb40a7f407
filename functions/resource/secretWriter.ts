import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** Gives a secret of AWS Secrets Manager its value. The same token a second time changes nothing. */
export function secretWriter(): (arn: string, value: string, token: string) => Promise<void> {
  const client = new SecretsManagerClient({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  return async (arn, value, token) => {
    await client.send(
      new PutSecretValueCommand({ SecretId: arn, SecretString: value, ClientRequestToken: token }),
    );
  };
}

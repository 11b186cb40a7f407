import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";
import {
  type AwsCall,
  type AwsJsonServer,
  AwsRefusal,
  startAwsJsonServer,
} from "./awsJsonServer.ts";

const cipher = "aes-256-gcm";

/** Two keys that the fake has; of any other it says that there is none. */
export const kmsKeyArn =
  "arn:aws:kms:us-east-1:111122223333:key/6f0c4a52-0000-4000-8000-000000000001";
export const otherKmsKeyArn =
  "arn:aws:kms:us-east-1:111122223333:key/6f0c4a52-0000-4000-8000-000000000002";

/**
 * Starts a server that does of AWS KMS what Millrace asks: GenerateDataKey and Decrypt. Give its address
 * as AWS_ENDPOINT_URL_KMS. What it has wrapped it opens with the same key and encryption context alone,
 * in another process too: its keys are no secret.
 */
export async function startFakeKms(
  keys: readonly string[] = [kmsKeyArn, otherKmsKeyArn],
): Promise<AwsJsonServer> {
  const keyNamed = (arn: unknown): Buffer => {
    if (typeof arn !== "string" || !keys.includes(arn)) {
      throw new AwsRefusal("NotFoundException", `Key '${arn}' does not exist`);
    }
    return hash("sha256", arn, "buffer");
  };
  return await startAwsJsonServer({
    GenerateDataKey(input) {
      const { KeyId, KeySpec } = input;
      const key = keyNamed(KeyId);
      if (KeySpec !== "AES_256") throw new AwsRefusal("ValidationException", `got ${KeySpec}`);
      const bytes = randomBytes(32);
      const nonce = randomBytes(12);
      const wrapping = createCipheriv(cipher, key, nonce).setAAD(contextOf(input));
      const wrapped = Buffer.concat([nonce, wrapping.update(bytes), wrapping.final()]);
      return {
        KeyId,
        Plaintext: bytes.toString("base64"),
        CiphertextBlob: Buffer.concat([wrapped, wrapping.getAuthTag()]).toString("base64"),
      };
    },
    Decrypt(input) {
      const { KeyId, CiphertextBlob } = input;
      const wrapped = Buffer.from(String(CiphertextBlob), "base64");
      const bytes = opened(keyNamed(KeyId), wrapped, contextOf(input));
      if (bytes === undefined) throw new AwsRefusal("InvalidCiphertextException", "");
      return { KeyId, Plaintext: bytes.toString("base64") };
    },
  });
}

function opened(key: Buffer, wrapped: Buffer, context: Buffer): Buffer | undefined {
  try {
    const opening = createDecipheriv(cipher, key, wrapped.subarray(0, 12));
    opening.setAAD(context).setAuthTag(wrapped.subarray(-16));
    return Buffer.concat([opening.update(wrapped.subarray(12, -16)), opening.final()]);
  } catch {
    return undefined;
  }
}

function contextOf({ EncryptionContext }: AwsCall["input"]): Buffer {
  return Buffer.from(JSON.stringify(EncryptionContext ?? {}));
}

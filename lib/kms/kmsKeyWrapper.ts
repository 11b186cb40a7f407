import {
  DecryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  type KMSClientConfig,
} from "@aws-sdk/client-kms";

/** Which key wraps. What is left out comes from the environment, as the SDK reads it. */
export interface KmsKeyWrapperOptions {
  /** The ARN of a symmetric key. Its region is where KMS is asked. */
  readonly keyArn: string;
  readonly endpoint?: string;
  readonly credentials?: NonNullable<KMSClientConfig["credentials"]>;
}

/** A key of KMS, as whoever stores what it wraps takes it. */
export interface KmsKeyWrapper {
  readonly name: string;
  generate(): Promise<{ readonly bytes: Uint8Array; readonly wrapped: Uint8Array }>;
  open(wrapped: Uint8Array): Promise<Uint8Array>;
}

/** What a data key is for. KMS opens it for nothing else, and writes this into its trail. */
const EncryptionContext = { purpose: "millrace access keys" };

/**
 * Wraps data keys with a key of AWS KMS. Needs the permissions `kms:GenerateDataKey`, to make one, and
 * `kms:Decrypt`, to open one. Calls wait 3 seconds for an answer and are sent up to 4 times.
 */
export function openKmsKeyWrapper({
  keyArn,
  endpoint,
  credentials,
}: KmsKeyWrapperOptions): KmsKeyWrapper {
  const [, , , region = ""] = keyArn.split(":");
  const client = new KMSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 1000,
      requestTimeout: 3000,
      throwOnRequestTimeout: true,
      socketTimeout: 3000,
    },
  });
  return {
    name: keyArn,
    async generate() {
      const { Plaintext, CiphertextBlob } = await answered("GenerateDataKey", keyArn, () =>
        client.send(
          new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: "AES_256", EncryptionContext }),
        ),
      );
      return { bytes: told(Plaintext), wrapped: told(CiphertextBlob) };
    },
    async open(wrapped) {
      const { Plaintext } = await answered("Decrypt", keyArn, () =>
        client.send(
          new DecryptCommand({ KeyId: keyArn, CiphertextBlob: wrapped, EncryptionContext }),
        ),
      );
      return told(Plaintext);
    },
  };
}

async function answered<Answer>(
  call: string,
  keyArn: string,
  send: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send();
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new Error(`KMS ${call} with key ${keyArn} failed: ${reason}`, { cause });
  }
}

function told(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error("expected bytes in the answer of KMS, got none");
  return bytes;
}

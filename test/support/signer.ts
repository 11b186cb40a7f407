import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "#table/s3/sha256.ts";

export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** AWS's own signer, for the service `sqs`. */
export function aSigner(credentials: SigningIdentity, region = "us-east-1"): SignatureV4 {
  return new SignatureV4({
    credentials,
    region,
    service: "sqs",
    sha256: Sha256,
    // SQS clients send no x-amz-content-sha256.
    applyChecksum: false,
  });
}

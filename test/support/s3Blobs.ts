import { openS3Blobs, type S3BlobsOptions } from "#table/s3/s3Blobs.ts";
import type { BlobStore } from "#table/table.ts";
import { type S3Server, s3Credentials } from "./s3Server.ts";

/** Opens the bucket of a server. Retries do not wait. */
export function s3Blobs(
  { endpoint, bucket }: S3Server,
  changes: Partial<S3BlobsOptions> = {},
): BlobStore {
  return openS3Blobs({
    endpoint,
    bucket,
    region: "us-east-1",
    credentials: s3Credentials,
    random: Math.random,
    sleep: async () => undefined,
    ...changes,
  });
}

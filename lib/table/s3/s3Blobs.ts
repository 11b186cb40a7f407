import type { BlobStore } from "#table/table.ts";
import { Bucket, type BucketOptions } from "./bucket.ts";
import { described, type S3Answer } from "./s3Answer.ts";

export interface S3BlobsOptions extends BucketOptions {
  /** What every key begins with; `millrace/` by default, and may be empty. */
  readonly prefix?: string;
  /** From how many bytes on a blob is worth its request; `s3BytesMin` by default. */
  readonly bytesMin?: number;
}

/**
 * Where S3 becomes cheaper than items of DynamoDB, at the prices of us-east-1 per million. Of k
 * kilobytes: items are written for k × $0.625 and read once for k/4 × $0.125; an object is put for
 * $5.00 and got for $0.40. They meet at 8.2 KB. Keeping either for its two weeks would move that to
 * 7.1 KB, and an object takes some ten milliseconds longer each way.
 */
export const s3BytesMin = 8 * 1024;

/**
 * Blobs as objects of a bucket in S3, or in a server that speaks its API. The bucket must exist, and a
 * lifecycle rule must delete what is under the prefix: after 16 days at the earliest, since messages
 * are kept for 14 days, may be delayed before, and expire on the clocks of others. Who reads must be
 * allowed `s3:ListBucket`: without it S3 says of a missing object that it is forbidden.
 *
 * Calls wait 5 seconds for an answer and are sent up to 4 times, with short pauses between. Refusals
 * that last longer are a `TableThrottledError`.
 */
export function openS3Blobs(options: S3BlobsOptions): BlobStore {
  const { prefix = "millrace/", bytesMin = s3BytesMin } = options;
  const bucket = new Bucket(options);
  return {
    bytesMin,
    async put(name, bytes) {
      const answer = await bucket.call({ method: "PUT", key: prefix + name, body: bytes });
      if (answer.status !== 200) throw failed("PUT", bucket, answer);
    },
    async get(name) {
      const answer = await bucket.call({ method: "GET", key: prefix + name });
      if (answer.status === 200) return answer.body;
      // A bucket that is missing is not a blob that is missing.
      if (answer.status === 404 && described(answer).code === "NoSuchKey") return undefined;
      throw failed("GET", bucket, answer);
    },
  };
}

function failed(method: string, { name }: Bucket, answer: S3Answer): Error {
  return new Error(`S3 ${method} in bucket ${name} failed: ${described(answer).text}`);
}

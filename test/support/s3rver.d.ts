declare module "@20minutes/s3rver" {
  import type { RequestListener } from "node:http";

  interface Options {
    readonly directory: string;
    readonly silent: boolean;
    readonly vhostBuckets: boolean;
    readonly configureBuckets: readonly { readonly name: string }[];
  }

  class S3rver {
    constructor(options: Options);
    callback(): RequestListener;
    configureBuckets(): Promise<unknown>;
    readonly store: { putBucket(name: string): Promise<unknown> };
  }

  export = S3rver;
}

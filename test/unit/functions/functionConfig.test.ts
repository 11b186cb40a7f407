import { describe, expect, it } from "vitest";
import { readFunctionConfig } from "../../../functions/shared/functionConfig.ts";

const kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000";

describe("readFunctionConfig", () => {
  it("reads all that a function may be told", () => {
    const config = readFunctionConfig(
      {
        MILLRACE_TABLE: "queues",
        MILLRACE_ACCOUNT: "111122223333",
        MILLRACE_TENANT: "acme-eu",
        MILLRACE_PUBLIC_URL: "https://queues.acme.example/",
        MILLRACE_BUCKET: "large",
        MILLRACE_BUCKET_THRESHOLD: "4096",
        MILLRACE_KMS_KEY: kmsKey,
        MILLRACE_LOG_LEVEL: "warn",
      },
      "kms-key",
    );

    expect(config).toMatchObject({
      store: { table: "queues", bucket: { bucket: "large", bytesMin: 4096 } },
      account: "111122223333",
      tenant: "acme-eu",
      publicUrl: "https://queues.acme.example",
      kmsKey,
      logLevel: "warn",
    });
  });

  it("takes a table alone, and empty variables as none", () => {
    const config = readFunctionConfig({ MILLRACE_TABLE: "queues", MILLRACE_TENANT: "" });

    expect(config).toMatchObject({ store: { table: "queues" }, tenant: undefined });
  });

  it("says everything that is wrong in one error", () => {
    const env = {
      MILLRACE_ACCOUNT: "1",
      MILLRACE_TENANT: "a b",
      MILLRACE_LOG_LEVEL: "loud",
      MILLRACE_KMS_KEY: "alias/mine",
    };

    const lines = linesOf(() => readFunctionConfig(env, "kms-key"));

    expect(lines).toEqual([
      "expected MILLRACE_TABLE to name the queue table, got nothing",
      "expected MILLRACE_ACCOUNT to be twelve digits, got 1",
      "expected MILLRACE_KMS_KEY to be the ARN of a KMS key, got alias/mine",
      "expected MILLRACE_TENANT to be 1 to 64 letters, digits and _ . -, got a b",
      "expected MILLRACE_LOG_LEVEL to be one of debug, info, warn, error, silent, got loud",
      "expected MILLRACE_KMS_KEY to come with --table, got it alone",
    ]);
  });

  it("refuses to do without a setting that the function needs", () => {
    const lines = linesOf(() => readFunctionConfig({ MILLRACE_TABLE: "queues" }, "kms-key"));

    expect(lines).toEqual([
      "expected MILLRACE_KMS_KEY to name the KMS key that guards the access keys, got nothing",
    ]);
  });
});

function linesOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    return error instanceof Error ? error.message.split("; ") : [];
  }
  return [];
}

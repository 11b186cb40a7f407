import type { SQS } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, test } from "vitest";
import { whyNoDynamodbEngine } from "../support/dynamodbEngine.ts";
import type { RehearsedTenant } from "./tenant.ts";

interface Started {
  readonly tenant: RehearsedTenant;
  readonly client?: SQS;
}

/**
 * `it` for tests of one tenant, which is deployed before the first test of a file and closed after the
 * last. Call it once, at the top of a test file.
 */
export function tenantTest<Rehearsed extends Started>(start: () => Promise<Rehearsed>) {
  const missing = whyNoDynamodbEngine();
  let started: Rehearsed | undefined;
  beforeAll(async () => {
    if (missing === undefined) started = await start();
  });
  afterAll(async () => {
    started?.client?.destroy();
    await started?.tenant.close();
  });
  return test.extend("rehearsed", async ({ skip }) => {
    skip(missing !== undefined, missing);
    if (started === undefined) throw new Error("expected the tenant to be deployed");
    return started;
  });
}

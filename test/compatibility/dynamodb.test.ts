import { afterAll, beforeAll } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { describeSqs } from "./describeSqs.ts";

const missing = whyNoDynamodbEngine();
let engine: DynamodbEngine | undefined;

beforeAll(async () => {
  if (missing === undefined) engine = await startDynamodbEngine();
});
afterAll(async () => {
  await engine?.stop();
});

describeSqs("DynamoDB (dynoxide)", {
  missing,
  isShared: true,
  open: () => freshDynamodbTable(engine?.endpoint ?? ""),
});

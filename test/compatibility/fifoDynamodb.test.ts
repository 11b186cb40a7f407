import { afterAll, beforeAll } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { describeFifo } from "./fifoSuite.ts";

const missing = whyNoDynamodbEngine();
let engine: DynamodbEngine | undefined;

beforeAll(async () => {
  if (missing === undefined) engine = await startDynamodbEngine();
});
afterAll(async () => {
  await engine?.stop();
});

describeFifo("DynamoDB (dynoxide)", {
  missing,
  open: () => freshDynamodbTable(engine?.endpoint ?? ""),
});

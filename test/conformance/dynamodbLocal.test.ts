import { afterAll, beforeAll } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbLocal,
  whyNoDynamodbLocal,
} from "../support/dynamodbEngine.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { describeTable } from "./describeTable.ts";

const missing = whyNoDynamodbLocal();
let engine: DynamodbEngine | undefined;

beforeAll(async () => {
  if (missing === undefined) engine = await startDynamodbLocal();
});
afterAll(async () => {
  await engine?.stop();
});

describeTable("DynamoDB (Amazon's DynamoDB Local)", {
  missing,
  open: () => freshDynamodbTable(engine?.endpoint ?? ""),
});

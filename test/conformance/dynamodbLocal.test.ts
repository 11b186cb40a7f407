import { afterAll, beforeAll } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbLocal,
  whyNoDynamodbLocal,
} from "../support/dynamodbEngine.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { describeEnsureTable } from "./describeEnsureTable.ts";
import { describeFaults } from "./describeFaults.ts";
import { describeTable } from "./describeTable.ts";

const missing = whyNoDynamodbLocal();
let engine: DynamodbEngine | undefined;

beforeAll(async () => {
  if (missing === undefined) engine = await startDynamodbLocal();
});
afterAll(async () => {
  await engine?.stop();
});

const name = "DynamoDB (Amazon's DynamoDB Local)";
const endpoint = () => engine?.endpoint ?? "";

describeTable(name, { missing, open: () => freshDynamodbTable(endpoint()) });
describeFaults(name, endpoint, missing);
describeEnsureTable(name, endpoint, missing);

import { afterAll, beforeAll } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { describeEnsureTable } from "./describeEnsureTable.ts";
import { describeFaults } from "./describeFaults.ts";
import { describeTable } from "./describeTable.ts";

const missing = whyNoDynamodbEngine();
let engine: DynamodbEngine | undefined;

beforeAll(async () => {
  if (missing === undefined) engine = await startDynamodbEngine();
});
afterAll(async () => {
  await engine?.stop();
});

const name = "DynamoDB (dynoxide)";
const endpoint = () => engine?.endpoint ?? "";

describeTable(name, { missing, open: () => freshDynamodbTable(endpoint()) });
describeFaults(name, endpoint, missing);
describeEnsureTable(name, endpoint, missing);

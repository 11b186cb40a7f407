import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { describeEnsureTable } from "./describeEnsureTable.ts";
import { describeFaults } from "./describeFaults.ts";
import { describeTable } from "./describeTable.ts";

const dynamodb = ownDynamodb();
const name = "DynamoDB (dynoxide)";
const endpoint = () => dynamodb.endpoint;

describeTable(name, {
  missing: dynamodb.missing,
  open: () => freshDynamodbTable(endpoint()),
});
describeFaults(name, endpoint, dynamodb.missing);
describeEnsureTable(name, endpoint, dynamodb.missing);

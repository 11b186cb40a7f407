import { fileURLToPath } from "node:url";

/** Where `npm run dynamodb-local` puts DynamoDB Local. */
export const dynamodbLocalFolder = fileURLToPath(
  new URL("../../.cache/dynamodb-local", import.meta.url),
);

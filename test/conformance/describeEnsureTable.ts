import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DynamodbTableOptions } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import { alter, type FaultProxy, startFaultProxy } from "../support/dynamodbFaultProxy.ts";
import { dynamodbOptions } from "../support/dynamodbFreshTable.ts";

/** How a DynamoDB table comes to be. */
export function describeEnsureTable(name: string, endpoint: () => string, missing?: string): void {
  describe(`${name} ensureTable`, () => {
    let proxy: FaultProxy;
    let options: DynamodbTableOptions;
    let client: DynamoDBClient;

    beforeEach(async ({ skip }) => {
      skip(missing !== undefined, missing);
      proxy = await startFaultProxy(endpoint());
      options = { ...dynamodbOptions(proxy.endpoint) };
      const { region, credentials } = dynamodbOptions(endpoint());
      client = new DynamoDBClient({
        endpoint: endpoint(),
        ...(region === undefined ? {} : { region }),
        ...(credentials === undefined ? {} : { credentials }),
      });
    });
    afterEach(async () => {
      client?.destroy();
      await proxy?.stop();
    });

    it("makes an on-demand table keyed by pk and sk that expires items by x", async () => {
      await ensureTable(options);

      const TableName = options.tableName;
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      const expiry = await client.send(new DescribeTimeToLiveCommand({ TableName }));
      expect(Table).toMatchObject({
        TableStatus: "ACTIVE",
        BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      });
      expect(expiry.TimeToLiveDescription).toMatchObject({
        TimeToLiveStatus: "ENABLED",
        AttributeName: "x",
      });
    });

    it("leaves a table that is there as it is", async () => {
      await ensureTable(options);
      const before = proxy.calls.length;

      await ensureTable(options);

      expect(proxy.calls.slice(before)).toEqual([
        "DescribeTable",
        "DescribeTable",
        "DescribeTimeToLive",
      ]);
    });

    it("may be run by many at once", async () => {
      const runs = Array.from({ length: 5 }, () => ensureTable(options));

      await expect(Promise.all(runs)).resolves.toHaveLength(5);
    });

    it("waits until the table may be used", async () => {
      const pausesMs: number[] = [];
      const creating = alter((answer) => ({
        Table: { ...("Table" in answer ? Object(answer.Table) : {}), TableStatus: "CREATING" },
      }));
      await ensureTable(options);
      proxy.plan("DescribeTable", creating, creating, creating);

      await ensureTable({
        ...options,
        sleep: async (durationMs) => {
          pausesMs.push(durationMs);
        },
      });

      expect(pausesMs).toEqual([1000, 1000]);
    });

    it("gives up on a table that stays unusable", async () => {
      const creating = alter((answer) => ({
        Table: { ...("Table" in answer ? Object(answer.Table) : {}), TableStatus: "CREATING" },
      }));
      await ensureTable(options);
      proxy.plan("DescribeTable", ...Array.from({ length: 61 }, () => creating));

      await expect(ensureTable(options)).rejects.toThrow("did not become active");
    });

    it("refuses a table of another key, and says which", async () => {
      await client.send(
        new CreateTableCommand({
          TableName: options.tableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "N" }],
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        }),
      );

      await expect(ensureTable(options)).rejects.toThrow(
        "to have the key pk (HASH, S), sk (RANGE, S), got pk (HASH, N)",
      );
    });

    it("refuses a table that expires items by another attribute", async () => {
      const TableName = options.tableName;
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [
            { AttributeName: "pk", AttributeType: "S" },
            { AttributeName: "sk", AttributeType: "S" },
          ],
          KeySchema: [
            { AttributeName: "pk", KeyType: "HASH" },
            { AttributeName: "sk", KeyType: "RANGE" },
          ],
        }),
      );
      await client.send(
        new UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName: "other", Enabled: true },
        }),
      );

      await expect(ensureTable(options)).rejects.toThrow("to expire items by x, got other");
    });
  });
}

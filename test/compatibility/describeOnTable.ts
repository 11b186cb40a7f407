import { afterAll, beforeAll, describe } from "vitest";
import type { Table } from "#table/table.ts";
import type { Protocol } from "../support/sqsClient.ts";
import { type SqsTest, sqsTest } from "./sqsTest.ts";

export interface OnTableOptions {
  readonly open: () => Promise<Table>;
  /** Why the table cannot be had here, if it cannot. */
  readonly missing?: string | undefined;
  /** Defaults to JSON. */
  readonly protocol?: Protocol;
}

/** A suite through AWS's own client, on a table that is opened before the tests and closed behind them. */
export function describeOnTable(
  what: string,
  name: string,
  { open, missing, protocol = "JSON" }: OnTableOptions,
  describeAll: (it: SqsTest, protocol: Protocol) => void,
): void {
  describe(`${what} in ${protocol} on ${name}`, () => {
    let table: Table | undefined;
    beforeAll(async () => {
      if (missing === undefined) table = await open();
    });
    afterAll(async () => {
      await table?.close();
    });
    const opened = (): Table => {
      if (table === undefined) throw new Error("expected the table to be open");
      return table;
    };
    describeAll(sqsTest({ name, table: opened, missing, protocol }), protocol);
  });
}

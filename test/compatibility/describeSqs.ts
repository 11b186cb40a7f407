import { afterAll, beforeAll, describe } from "vitest";
import type { Table } from "#table/table.ts";
import { describeVisibilityTimeout } from "./describeVisibilityTimeout.ts";
import { sqsTest } from "./sqsTest.ts";

export interface SqsOptions {
  readonly open: () => Promise<Table>;
  /** Why the table cannot be had here, if it cannot. */
  readonly missing?: string | undefined;
}

/** What SQS does, through its own client. Each table's test file is one call of this. */
export function describeSqs(name: string, { open, missing }: SqsOptions): void {
  describe(`SQS in JSON on ${name}`, () => {
    let table: Table | undefined;
    beforeAll(async () => {
      if (missing === undefined) table = await open();
    });
    afterAll(async () => {
      await table?.close();
    });
    const it = sqsTest({ table: () => opened(table), missing });

    describeVisibilityTimeout(it);
  });
}

function opened(table: Table | undefined): Table {
  if (table === undefined) throw new Error("expected the table to be open");
  return table;
}

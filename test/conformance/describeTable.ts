import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import type { Table } from "#table/table.ts";
import { describeBatches } from "./describeBatches.ts";
import { describeConditions } from "./describeConditions.ts";
import { describeModel } from "./describeModel.ts";
import { describeRaces } from "./describeRaces.ts";
import { describeReads } from "./describeReads.ts";
import { describeTransactions } from "./describeTransactions.ts";
import { describeValues } from "./describeValues.ts";
import { describeWrites } from "./describeWrites.ts";
import type { Fixture } from "./fixture.ts";

export interface TableUnderTest {
  /** Opens a table that is empty and nobody else's. */
  readonly open: () => Promise<Table>;
  /** Why the table cannot be had here; its tests are then skipped, and say so. */
  readonly missing?: string | undefined;
}

/** What every table must do, sentence by sentence of the port. A table's test is one call of this. */
export function describeTable(name: string, { open, missing }: TableUnderTest): void {
  describe(`${name} table`, () => {
    let table: Table | undefined;
    let partitions = 0;

    beforeAll(async () => {
      if (missing === undefined) table = await open();
    });
    afterAll(async () => {
      await table?.close();
    });
    beforeEach(({ skip }) => skip(missing !== undefined, missing));

    function fixture(): Fixture {
      if (table === undefined) throw new Error("expected an open table");
      partitions += 1;
      return { table, pk: `partition ${partitions}` };
    }

    describeWrites(fixture);
    describeConditions(fixture);
    describeValues(fixture);
    describeReads(fixture);
    describeBatches(fixture);
    describeTransactions(fixture);
    describeRaces(fixture);
    describeModel(fixture);
  });
}

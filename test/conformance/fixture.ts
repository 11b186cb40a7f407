import type { Table } from "#table/table.ts";

/** What a test is given: the open table, and a partition that no other test touches. */
export interface Fixture {
  readonly table: Table;
  readonly pk: string;
}

/** Gives the next test its fixture. */
export type Setup = () => Fixture;

import type { Consumed } from "#table/dynamodb/consumed.ts";
import type { Table } from "#table/table.ts";
import type { FaultProxy } from "../support/dynamodbFaultProxy.ts";

/** A DynamoDB table behind a proxy that may misbehave, and the same table without it. */
export interface FaultFixture {
  readonly table: Table;
  readonly proxy: FaultProxy;
  /** The same table, reached directly: what others see and do. */
  readonly direct: Table;
  /** A partition that no other test touches. */
  readonly pk: string;
  /** How long the table waited between attempts. Time does not pass. */
  readonly pausesMs: readonly number[];
  /** What the table's calls cost. */
  readonly consumed: readonly Consumed[];
}

/** Gives the next test its fixture. */
export type FaultSetup = () => FaultFixture;

import { afterAll, beforeAll } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  startDynamodbLocal,
  whyNoDynamodbEngine,
  whyNoDynamodbLocal,
} from "./dynamodbEngine.ts";

/** An engine that runs while the tests of a file, or of a `describe`, do. */
export interface OwnDynamodb {
  /** Why there is none here, if there is none: tests skip by it. */
  readonly missing: string | undefined;
  /** Empty before the tests have begun. */
  readonly endpoint: string;
}

/** Starts dynoxide before the tests and stops it behind them. */
export function ownDynamodb(): OwnDynamodb {
  return own(whyNoDynamodbEngine(), startDynamodbEngine);
}

/** The same of Amazon's own DynamoDB Local. */
export function ownDynamodbLocal(): OwnDynamodb {
  return own(whyNoDynamodbLocal(), startDynamodbLocal);
}

function own(missing: string | undefined, start: () => Promise<DynamodbEngine>): OwnDynamodb {
  let engine: DynamodbEngine | undefined;
  beforeAll(async () => {
    if (missing === undefined) engine = await start();
  });
  afterAll(async () => {
    await engine?.stop();
  });
  return {
    missing,
    get endpoint() {
      return engine?.endpoint ?? "";
    },
  };
}

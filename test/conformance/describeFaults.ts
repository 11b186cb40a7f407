import { afterEach, beforeAll, beforeEach, describe } from "vitest";
import type { Consumed } from "#table/dynamodb/consumed.ts";
import { startFaultProxy } from "../support/dynamodbFaultProxy.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { describeCancellations } from "./describeCancellations.ts";
import { describeLostAnswers } from "./describeLostAnswers.ts";
import { describePartialAnswers } from "./describePartialAnswers.ts";
import { describeRoundTrips } from "./describeRoundTrips.ts";
import { describeThrottling } from "./describeThrottling.ts";
import type { FaultFixture } from "./faultFixture.ts";

/** What the DynamoDB adapter promises when the network or the service fails it. */
export function describeFaults(name: string, endpoint: () => string, missing?: string): void {
  describe(`${name} behind faults`, () => {
    let opened: Awaited<ReturnType<typeof freshDynamodbTables>> | undefined;
    let fixture: FaultFixture | undefined;
    let partitions = 0;

    beforeAll(async () => {
      if (missing === undefined) opened = await freshDynamodbTables(endpoint());
    });
    beforeEach(async ({ skip }) => {
      skip(missing !== undefined, missing);
      const proxy = await startFaultProxy(endpoint());
      const pausesMs: number[] = [];
      const consumed: Consumed[] = [];
      const table = opened?.open({
        endpoint: proxy.endpoint,
        random: () => 1,
        sleep: async (durationMs) => {
          pausesMs.push(durationMs);
        },
        onConsumed: (each) => consumed.push(each),
      });
      const direct = opened?.open();
      if (table === undefined || direct === undefined) throw new Error("expected a table");
      partitions += 1;
      fixture = { table, direct, proxy, pk: `partition ${partitions}`, pausesMs, consumed };
    });
    afterEach(async () => {
      await fixture?.table.close();
      await fixture?.direct.close();
      await fixture?.proxy.stop();
      fixture = undefined;
    });

    function setup(): FaultFixture {
      if (fixture === undefined) throw new Error("expected a fixture");
      return fixture;
    }

    describeLostAnswers(setup);
    describeThrottling(setup);
    describePartialAnswers(setup);
    describeCancellations(setup);
    describeRoundTrips(setup);
  });
}

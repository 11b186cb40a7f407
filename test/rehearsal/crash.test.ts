import { SQS } from "@aws-sdk/client-sqs";
import { Duration } from "aws-cdk-lib";
import { describe, expect } from "vitest";
import { Queue } from "../../infra/queue.ts";
import type { TenantStack } from "../../infra/tenantStack.ts";
import { account, region } from "./cloud.ts";
import { CrashLedger } from "./crashLedger.ts";
import { killingDuring, timeMsMax, until } from "./killing.ts";
import { type RehearsedTenant, rehearse } from "./tenant.ts";
import { tenantTest } from "./tenantTest.ts";

/*
 * Time is real here: what is killed at a random moment cannot be told when to go on. Nothing waits for a
 * time, though: every loop ends when something has happened, or fails.
 */

const visibilitySeconds = 3;

async function declare(tenant: TenantStack): Promise<void> {
  const visibilityTimeout = Duration.seconds(visibilitySeconds);
  new Queue(tenant, "Orders", { tenant, queueName: "orders", visibilityTimeout });
  new Queue(tenant, "Steps", { tenant, queueName: "steps.fifo", visibilityTimeout });
}

const it = tenantTest(async () => {
  const tenant = await rehearse({ declare });
  // AWS's client as everybody uses it, but for its patience: every other answer may be lost.
  const client = new SQS({
    endpoint: tenant.origin,
    region,
    credentials: tenant.key,
    maxAttempts: 10,
  });
  return { tenant, client };
});

const urlOf = ({ origin }: RehearsedTenant, name: string): string => `${origin}/${account}/${name}`;

describe("when processes are killed at random moments", { timeout: 2 * timeMsMax }, () => {
  it.for([
    ["orders", undefined],
    ["steps.fifo", 3],
  ] as const)(
    "%s loses nothing, and hands out nothing that was deleted",
    async ([name, groups], { rehearsed }) => {
      const { tenant, client } = rehearsed;
      const QueueUrl = urlOf(tenant, name);
      const ledger = new CrashLedger();
      const { send, consume } = ledger.on({ client, QueueUrl, groups });
      const api = tenant.deployment.functionNamed("QueueApi");

      let killed = 0;
      await killingDuring({ functions: [api], pauseMsMax: 250 }, async (kills) => {
        const sending = [0, 1].map(async (sender) => {
          for (let batch = 0; batch < 12; batch += 1) await send(sender, batch);
        });
        let isSent = false;
        const consuming = [0, 1].map(() => until(() => isSent, consume));
        await Promise.all(sending);
        isSent = true;
        await Promise.all(consuming);
        killed = kills();
      });
      await until(() => ledger.owed().length === 0, consume);
      // What was received and not deleted comes back once its timeout has ended.
      const endMs = performance.now() + visibilitySeconds * 1000;
      await until(() => performance.now() > endMs, consume);

      expect(killed).toBeGreaterThan(0);
      expect(ledger.sent).toBe(120);
      expect(ledger.broken()).toEqual([]);
    },
  );
});

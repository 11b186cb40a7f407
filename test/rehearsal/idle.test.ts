import { describe, expect } from "vitest";
import { Queue } from "../../infra/queue.ts";
import type { TenantStack } from "../../infra/tenantStack.ts";
import { RehearsalClock } from "./rehearsalClock.ts";
import { rehearse } from "./tenant.ts";
import { tenantTest } from "./tenantTest.ts";

const clock = new RehearsalClock();

const it = tenantTest(async () => ({ tenant: await rehearse({ clock, declare }) }));

/** Two queues with nothing in them. */
async function declare(tenant: TenantStack): Promise<void> {
  const dead = new Queue(tenant, "Dead", { tenant, queueName: "dead" });
  const deadLetterQueue = { queue: dead, maxReceiveCount: 3 };
  new Queue(tenant, "Orders", { tenant, queueName: "orders", deadLetterQueue });
}

const minuteMs = 60_000;
/** Read units for two queues: the list of queues, of move tasks, and a look at each queue's messages. */
const unitsMax = 4;

describe("a tenant that nobody uses", () => {
  it("makes no request but the sweep's, each minute, and that reads little", async ({
    rehearsed,
  }) => {
    const { deployment } = rehearsed.tenant;
    const { schedules, cloud, functions } = deployment;
    cloud.recorder.takeCalls();

    const perMinute = [];
    for (let minutes = 0; minutes < 5; minutes += 1) {
      const fromMs = clock.nowMs();
      clock.advance(minuteMs);
      expect(await schedules.pass(fromMs, clock.nowMs())).toBe(1);
      perMinute.push(cloud.recorder.takeCalls());
    }

    const sweep = deployment.functionNamed("Sweeper");
    const [schedule] = schedules.all;
    for (const calls of perMinute) {
      const [fired, ...reads] = calls;
      expect(fired?.caller).toBe(schedule?.roleArn);
      expect(new Set(reads.map(({ caller }) => caller))).toEqual(new Set([sweep.logicalId]));
      const actions = reads.flatMap(({ needed }) => needed.map(({ action }) => action));
      expect(new Set(actions)).toEqual(new Set(["dynamodb:Query"]));
      expect(reads.reduce((units, call) => units + call.units, 0)).toBeLessThanOrEqual(unitsMax);
    }
    const running = [...functions.values()].map(({ pool }) => pool.running);
    expect(Math.max(...running)).toBe(0);
  });

  it("tells each minute how its queues are", async ({ rehearsed }) => {
    const { deployment } = rehearsed.tenant;
    const { pool } = deployment.functionNamed("Sweeper");
    pool.lines.splice(0);

    const fromMs = clock.nowMs();
    clock.advance(minuteMs);
    await deployment.schedules.pass(fromMs, clock.nowMs());

    const told = pool.lines
      .filter((line) => line.startsWith('{"_aws"'))
      .map((line) => JSON.parse(line));
    expect(told.map(({ Tenant, QueueName }) => [Tenant, QueueName])).toEqual([
      ["acme", "dead"],
      ["acme", "orders"],
      ["acme", undefined],
    ]);
    expect(told[1]).toMatchObject({
      _aws: { Timestamp: clock.nowMs() },
      ApproximateNumberOfMessagesVisible: 0,
      ApproximateAgeOfOldestMessage: 0,
    });
    expect(told[2]).toMatchObject({ ApproximateAgeOfOldestMessage: 0, DeadLetterMessages: 0 });
  });
});

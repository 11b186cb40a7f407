import { afterAll, beforeAll, expect } from "vitest";
import { Sqs, type SqsTest, type StartSqs, sqsTestBy } from "../compatibility/sqsTest.ts";
import { whyNoDynamodbEngine } from "../support/dynamodbEngine.ts";
import { signAt } from "../support/knownCallers.ts";
import type { Protocol } from "../support/sqsClient.ts";
import { comparisons, refusedCalls } from "./access/comparisons.ts";
import { account } from "./cloud.ts";
import { RehearsalClock } from "./rehearsalClock.ts";
import type { FunctionPool } from "./runtime/functionPool.ts";
import { type RehearsedTenant, rehearse } from "./tenant.ts";
import { whyNotOnLambda } from "./whyNotOnLambda.ts";

interface Rehearsed {
  readonly tenant: RehearsedTenant;
  readonly clock: RehearsalClock;
}

/** Longer than any process believes what it has read, or remembers what it has seen. */
const betweenTestsMs = 3_600_000;

interface Door {
  readonly origin: string;
  readonly pool: FunctionPool;
}

/**
 * `it` of the compatibility suite, at the URL of a deployed tenant: all tests of a file share the
 * deployment, one after another, and each finds no queues. Call it once, at the top of a test file.
 */
export function rehearsedSqsTest(protocol: Protocol): SqsTest {
  const missing = whyNoDynamodbEngine();
  let started: Rehearsed | undefined;
  beforeAll(async () => {
    if (missing !== undefined) return;
    const clock = new RehearsalClock();
    started = { tenant: await rehearse({ clock }), clock };
  });
  afterAll(async () => {
    if (started === undefined) return;
    const { deployment } = started.tenant;
    await started.tenant.close();
    expect(refusedCalls(comparisons(deployment))).toEqual([]);
  });
  const rehearsed = (): Rehearsed => {
    if (started === undefined) throw new Error("expected the tenant to be deployed");
    return started;
  };
  const free = { other: [] as Door[], relaxed: [] as Door[] };

  const openDoor = async (kind: keyof typeof free): Promise<Door> => {
    const { tenant, clock } = rehearsed();
    const { deployment, key } = tenant;
    const { url, pool } = await deployment.openUrl(
      deployment.functionNamed("QueueApi"),
      kind === "relaxed" ? { MILLRACE_RELAXED: "true" } : {},
    );
    signAt(url.origin, { key, nowMs: () => clock.nowMs() });
    return { origin: url.origin, pool };
  };

  const start: StartSqs = async ({ isRelaxed, onCleanup }) => {
    const { tenant, clock } = rehearsed();
    const { deployment, origin, key } = tenant;
    signAt(origin, { key, nowMs: () => clock.nowMs() });
    clock.advance(betweenTestsMs);
    const taken: (() => void)[] = [];
    const clients: Sqs[] = [];
    const pools: FunctionPool[] = [];

    const take = async (kind: keyof typeof free): Promise<Door> => {
      const door = free[kind].pop() ?? (await openDoor(kind));
      taken.push(() => free[kind].push(door));
      return door;
    };
    const startAt = ({ origin, pool }: Door): Sqs => {
      pools.push(pool);
      const sqs = new Sqs({
        origin,
        account,
        senderId: key.accessKeyId,
        clock,
        protocol,
        calls: undefined,
        startAnother: async () => startAt(await take("other")),
        stop: async () => pool.killAll(),
      });
      clients.push(sqs);
      return sqs;
    };
    onCleanup(async () => {
      for (const { client } of clients) client.destroy();
      for (const giveBack of taken) giveBack();
      await deployment.emptyTable();
      const faults = pools.flatMap(({ lines }) =>
        lines.splice(0).filter((line) => line.includes('"level":"ERROR"')),
      );
      expect(faults).toEqual([]);
    });
    const { pool } = deployment.functionNamed("QueueApi");
    return startAt(isRelaxed ? await take("relaxed") : { origin, pool });
  };
  return sqsTestBy(start, (name) => missing ?? whyNotOnLambda(name));
}

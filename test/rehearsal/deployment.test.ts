import { describe, expect } from "vitest";
import { signAt } from "../support/knownCallers.ts";
import { sqsClient } from "../support/sqsClient.ts";
import { comparisons, refusedCalls, rightsInExcess } from "./access/comparisons.ts";
import { tourOfPoll, tourOfSweep } from "./functionTours.ts";
import { killingDuring, timeMsMax, until } from "./killing.ts";
import { tourOfQueues } from "./queueTour.ts";
import { RehearsalClock } from "./rehearsalClock.ts";
import type { FunctionPool } from "./runtime/functionPool.ts";
import { adminKeyOf, rehearse } from "./tenant.ts";
import { tenantTest } from "./tenantTest.ts";
import {
  bucketThreshold,
  declareWorkedQueues,
  passQuickly,
  passSeconds,
  type Rehearsed,
} from "./workedQueues.ts";

const clock = new RehearsalClock();

const it = tenantTest<Rehearsed>(async () => {
  const tenant = await rehearse({
    clock,
    declare: declareWorkedQueues,
    props: { bucketThreshold },
  });
  signAt(tenant.origin, { key: tenant.key, nowMs: () => clock.nowMs() });
  return { tenant, client: sqsClient(tenant.origin), clock };
});

/** What the worker has written of the messages that it was given, since the last look. */
function takeSeen({ lines }: FunctionPool): readonly { body: string; receiveCount: number }[] {
  return lines
    .splice(0)
    .filter((line) => line.startsWith('{"body"'))
    .map((line) => JSON.parse(line));
}

describe("what a stack declares", () => {
  it("is there: queues, with their attributes and dead-letter queue", async ({ rehearsed }) => {
    const { client } = rehearsed;
    const { QueueUrl } = await client.getQueueUrl({ QueueName: "numbers" });

    const { Attributes = {} } = await client.getQueueAttributes({
      QueueUrl,
      AttributeNames: ["All"],
    });

    expect(Attributes).toMatchObject({ VisibilityTimeout: "30" });
    expect(JSON.parse(Attributes["RedrivePolicy"] ?? "")).toMatchObject({ maxReceiveCount: 5 });
  });
});

describe("a worker that fails the half of its batch", () => {
  it("sees exactly that half again, and no other message twice", async ({ rehearsed }) => {
    const { tenant, client } = rehearsed;
    const { pool } = tenant.deployment.functionNamed("Worker");
    const { QueueUrl } = await client.getQueueUrl({ QueueName: "numbers" });
    const numbers = Array.from({ length: 10 }, (_, number) => `${number}`);
    await client.sendMessageBatch({
      QueueUrl,
      Entries: numbers.map((body) => ({ Id: body, MessageBody: body })),
    });

    await passSeconds(rehearsed, 60);
    const first = takeSeen(pool);
    await passSeconds(rehearsed, 60);
    const second = takeSeen(pool);
    await passSeconds(rehearsed, 120);
    const later = takeSeen(pool);

    expect(first.map(({ body }) => body).toSorted()).toEqual(numbers);
    expect(second.toSorted((one, other) => one.body.localeCompare(other.body))).toEqual(
      ["1", "3", "5", "7", "9"].map((body) => ({ body, receiveCount: 2 })),
    );
    expect(later).toEqual([]);
  });
});

describe("when poller, sweep and worker are killed at random moments", () => {
  it("each message is worked on, and the queue is empty in the end", {
    timeout: 2 * timeMsMax,
  }, async ({ rehearsed }) => {
    const { tenant, client } = rehearsed;
    const { deployment } = tenant;
    const worker = deployment.functionNamed("Worker");
    const { QueueUrl } = await client.getQueueUrl({ QueueName: "numbers" });
    const sent: string[] = [];
    // The worker fails no even number.
    const sendTen = async (): Promise<void> => {
      const bodies = Array.from({ length: 10 }, (_, place) => String(2 * (sent.length + place)));
      const Entries = bodies.map((MessageBody, place) => ({ Id: `${place}`, MessageBody }));
      await client.sendMessageBatch({ QueueUrl, Entries });
      sent.push(...bodies);
    };
    const worked = new Set<string>();
    const passMinute = async (): Promise<void> => {
      await passQuickly(rehearsed, 60);
      for (const { body } of takeSeen(worker.pool)) worked.add(body);
    };

    const functions = [
      deployment.functionNamed("Poller"),
      deployment.functionNamed("Sweeper"),
      worker,
    ];
    await killingDuring({ functions, pauseMsMax: 40 }, async (kills) => {
      await until(
        () => kills() >= 8,
        async () => {
          await sendTen();
          await passMinute();
        },
      );
    });
    await until(() => worked.size === sent.length, passMinute);
    await passMinute();
    await passMinute();

    const { Attributes } = await client.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
    expect([...worked].toSorted()).toEqual(sent.toSorted());
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
    });
  });
});

describe("what nobody asks for any more", () => {
  it("is done by the sweep: dead letters go, and come back by a move task", {
    timeout: 2 * timeMsMax,
  }, async ({ rehearsed }) => {
    const { swept, moved } = await tourOfSweep(rehearsed);

    expect(swept).toEqual([0, 4]);
    // The contents of one are lost.
    expect(moved).toEqual([3, 0]);
  });
});

describe("what a worker failed too often", () => {
  it("goes to the dead-letter queue by the next poll, however large", async ({ rehearsed }) => {
    expect(await tourOfPoll(rehearsed)).toBe(2);
  });
});

describe("everything that can be done to queues", () => {
  it("is done, by small messages and large", async ({ rehearsed }) => {
    await tourOfQueues(rehearsed);

    const { outcomes } = rehearsed.tenant.deployment.functionNamed("QueueApi").pool;
    expect(new Set(outcomes)).toEqual(new Set(["result"]));
  });
});

describe("what a stack declares otherwise from then on", () => {
  it("is changed, replaced and deleted", async ({ rehearsed }) => {
    const { client, tenant } = rehearsed;
    const { deployment } = tenant;
    const queues = deployment.customResourcesOf("Custom::MillraceQueue");
    const [numbers = "", dead = ""] = [/^Numbers/, /^Dead(?!Steps)/].map((name) =>
      queues.find((id) => name.test(id)),
    );
    const [adminKey = ""] = deployment.customResourcesOf("Custom::MillraceAccessKey");
    const { QueueUrl } = await client.getQueueUrl({ QueueName: "numbers" });
    // The next process finds the key that the first has made for sealing.
    deployment.functionNamed("Declarations").pool.killAll();

    await deployment.updateCustomResource(numbers, { Attributes: { VisibilityTimeout: "77" } });
    await deployment.updateCustomResource(dead, { OnDelete: "delete" });
    await deployment.deleteCustomResource(dead);
    await deployment.updateCustomResource(adminKey, { Description: "the next one" });
    clock.advance(5000);

    // The old key ended with the update, and the secret holds the new one.
    await expect(client.listQueues({})).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    signAt(tenant.origin, { key: adminKeyOf(deployment), nowMs: () => clock.nowMs() });
    const next = sqsClient(tenant.origin);
    const { Attributes } = await next.getQueueAttributes({
      QueueUrl,
      AttributeNames: ["VisibilityTimeout"],
    });
    const { QueueUrls } = await next.listQueues({});
    next.destroy();
    expect(Attributes).toEqual({ VisibilityTimeout: "77" });
    expect(QueueUrls?.map((url) => url.split("/").at(-1))).toEqual([
      "dead-steps.fifo",
      "numbers",
      "steps.fifo",
    ]);
  });
});

describe("the policies of all roles", () => {
  it("allow what was called under them, and nothing more", async ({ rehearsed }) => {
    const { deployment } = rehearsed.tenant;

    const found = comparisons(deployment);

    expect(refusedCalls(found)).toEqual([]);
    expect(rightsInExcess(found)).toEqual([]);
    expect(deployment.cloud.recorder.problems).toEqual([]);
  });
});

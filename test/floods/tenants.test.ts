import { Agent } from "node:http";
import { SQS } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { aFolder, MillraceProcess } from "../unit/bin/millraceProcess.ts";

/** What one tenant gets while another asks for all that there is: through the command, as it is started. */

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

let folder: Awaited<ReturnType<typeof aFolder>>;
let busyKeys: readonly [Key, Key];
let quietKey: Key;
const opened: { destroy(): void }[] = [];
let server: MillraceProcess | undefined;

async function aKey(account: string): Promise<Key> {
  const command = ["keys", "create", "--json", "--account", account, "--data", folder.path];
  await using created = new MillraceProcess(command);
  const { AccessKeyId, SecretAccessKey } = JSON.parse((await created.exited).stdout);
  return { accessKeyId: String(AccessKeyId), secretAccessKey: String(SecretAccessKey) };
}

beforeAll(async () => {
  folder = await aFolder();
  busyKeys = [await aKey("111122223333"), await aKey("111122223333")];
  quietKey = await aKey("444455556666");
});
afterEach(async () => {
  for (const each of opened.splice(0)) each.destroy();
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

async function serve(...flags: readonly string[]): Promise<string> {
  const common = ["--port", "0", "--data", folder.path, "--auth", "required", "--relaxed"];
  server = new MillraceProcess([...common, ...flags]);
  return await server.url;
}

/** AWS's client, which asks once. `localAddress` is where it comes from: Linux has all of 127.0.0.0/8. */
function client(endpoint: string, credentials: Key, localAddress = "127.0.0.1"): SQS {
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 100, localAddress });
  const sqs = new SQS({
    endpoint,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
    requestHandler: { httpAgent },
  });
  opened.push(sqs, httpAgent);
  return sqs;
}

/** Sends off so many polls that wait; resolves when so many of them were refused, with their refusals. */
function pollsUntilRefused(
  polls: readonly (() => Promise<unknown>)[],
  refusals: number,
): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const refused: unknown[] = [];
    for (const poll of polls) {
      poll().catch((error: unknown) => {
        refused.push(error);
        if (refused.length === refusals) resolve(refused);
      });
    }
  });
}

const throttled = expect.objectContaining({
  name: "RequestThrottled",
  $response: expect.objectContaining({
    headers: expect.objectContaining({ "retry-after": "1" }),
  }),
});

describe("a tenant whose key may have so many requests at once", { timeout: 60_000 }, () => {
  it("has no more polls waiting, and other keys have theirs", async () => {
    const url = await serve("--key-requests-max", "3");
    const [busy, also] = busyKeys.map((key) => client(url, key));
    const quiet = client(url, quietKey);
    const { QueueUrl } = (await busy?.createQueue({ QueueName: "polled" })) ?? {};
    const received: unknown[] = [];
    const poll = async () => {
      const answer = await busy?.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
      received.push(answer?.Messages?.[0]?.Body);
    };
    const polls = Array.from({ length: 8 }, () => poll);

    const refused = await pollsUntilRefused(polls, 5);
    const asked = [quiet.listQueues({}), also?.listQueues({})];

    expect(refused).toEqual(Array.from({ length: 5 }, () => throttled));
    await expect(Promise.all(asked)).resolves.toHaveLength(2);
    await expect(busy?.listQueues({})).rejects.toEqual(throttled);
    expect(received).toEqual([]);
    // Each poll that was taken on is still there, and has its message; then there is room again.
    for (let sent = 0; sent < 3; sent += 1) await also?.sendMessage({ QueueUrl, MessageBody: "m" });
    await expect.poll(() => received, { timeout: 15_000 }).toEqual(["m", "m", "m"]);
    await expect(busy?.listQueues({})).resolves.toBeDefined();
  });
});

describe("a tenant whose account may make so many requests in a second", {
  timeout: 60_000,
}, () => {
  it("is throttled whatever keys it asks by, and takes none of another's turns", async () => {
    const url = await serve("--account-rate", "25");
    let isOver = false;
    const busy = { answered: 0, refused: new Set<unknown>() };
    const flood = async (sqs: SQS) => {
      while (!isOver) {
        try {
          await sqs.listQueues({});
          busy.answered += 1;
        } catch (error) {
          busy.refused.add(error);
        }
      }
    };
    const startedMs = performance.now();
    const floods = busyKeys.flatMap((key) => {
      const sqs = client(url, key);
      return Array.from({ length: 5 }, () => flood(sqs));
    });
    await expect.poll(() => busy.refused.size, { timeout: 15_000 }).toBeGreaterThan(20);
    const quiet = client(url, quietKey);

    // As many as it may make without any time between them.
    for (let asked = 0; asked < 25; asked += 1) {
      await expect(quiet.listQueues({})).resolves.toBeDefined();
    }
    isOver = true;
    await Promise.all(floods);

    const seconds = (performance.now() - startedMs) / 1000;
    expect(busy.answered).toBeLessThanOrEqual(25 * (1 + seconds));
    for (const refusal of busy.refused) expect(refusal).toEqual(throttled);
  });
});

describe("a tenant that polls with all that a server takes on, from two addresses", {
  timeout: 60_000,
}, () => {
  it("leaves room for another, without any setting", async () => {
    const url = await serve("--requests-max", "20");
    const [one, other] = busyKeys;
    const callers = [client(url, one), client(url, other, "127.0.0.2")];
    const { QueueUrl } = (await callers[0]?.createQueue({ QueueName: "polled" })) ?? {};
    const polls = Array.from({ length: 60 }, (_, index) => async () => {
      await callers[index % 2]?.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
    });

    const refused = await pollsUntilRefused(polls, 42);
    const quiet = client(url, quietKey, "127.0.0.3");

    expect(refused).toContainEqual(throttled);
    for (let asked = 0; asked < 10; asked += 1) {
      await expect(quiet.listQueues({})).resolves.toBeDefined();
    }
  });
});

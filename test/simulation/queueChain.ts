import { type Queue, queueKey, readQueueItem } from "#engine/queue.ts";
import { account, type SimulatedProcess } from "./simulatedProcess.ts";
import { maxReceiveCount } from "./simulatedWorld.ts";
import type { World } from "./world.ts";

/** Each but the last has the one before as its dead-letter queue. */
const names = ["last", "dead", "source"] as const;

export type QueueName = (typeof names)[number];

const refused =
  /was lost|refuses more work|not available|already a task|must be configured|created with|just deleted|exist/i;

/** Makes the queues of a world. Answers their URLs, the source first. */
export async function createQueues(process: SimulatedProcess): Promise<readonly string[]> {
  const urls: string[] = [];
  for (const name of names) urls.unshift(await createQueue(process, name));
  return urls;
}

async function createQueue(process: SimulatedProcess, name: QueueName): Promise<string> {
  const target = names[names.indexOf(name) - 1];
  const policy = JSON.stringify({ deadLetterTargetArn: arnOf(target ?? ""), maxReceiveCount });
  const { QueueUrl: url = "" } = await process.engine.operate(
    "CreateQueue",
    {
      QueueName: name,
      Attributes: new Map([
        ["VisibilityTimeout", "3"],
        ...(target === undefined ? [] : ([["RedrivePolicy", policy]] as const)),
      ]),
    },
    process.caller(),
  );
  return url;
}

function arnOf(name: string): string {
  return `arn:aws:sqs:test:${account}:${name}`;
}

/** A queue as the table has it. */
export async function queueAt({ table }: World, url: string): Promise<Queue | undefined> {
  const item = await table.get(queueKey(account, url.split("/").at(-1) ?? ""));
  const entry = item === undefined ? undefined : readQueueItem(item, account);
  return entry?.kind === "live" ? entry.queue : undefined;
}

/** Somebody purges a queue, if nothing comes in the way. */
export async function purgeQueue(world: World, url: string): Promise<void> {
  const process = world.process();
  world.note(`a purge of queue ${url.slice(-6)}`);
  await endAll(world, url, async () => {
    await process.engine.operate("PurgeQueue", { QueueUrl: url }, process.caller());
  });
}

/** Does what is to end all messages of a queue. None that was there is there once it is answered. */
async function endAll(world: World, url: string, end: () => Promise<void>): Promise<void> {
  const { watch, ledger } = world;
  const queueId = (await queueAt(world, url))?.id;
  const isThere = (id: string) => queueId !== undefined && watch.queueOf(id) === queueId;
  const before = [...watch.live].filter(isThere);
  await dare(
    end().then(() => {
      const left = before.filter(isThere);
      ledger.violations.push(...left.map((id) => `${id} was there when its queue was emptied`));
    }),
  );
}

/** Somebody deletes a queue, and makes it again at once. Either may fail: see `makeMissing`. */
export async function recreateQueue(world: World, name: QueueName): Promise<void> {
  world.note(`the queue ${name} is deleted`);
  const [deleter, maker] = [world.process(), world.process()];
  const url = `http://test/${account}/${name}`;
  await endAll(world, url, async () => {
    await deleter.engine.operate("DeleteQueue", { QueueUrl: url }, deleter.caller());
  });
  await dare(createQueue(maker, name));
  await meetQueues(world);
}

/** Makes the queues that were deleted and are not there again, once nothing fails any more. */
export async function makeMissing(world: World): Promise<void> {
  for (const name of names) await createQueue(world.process(), name);
  await meetQueues(world);
}

async function meetQueues(world: World): Promise<void> {
  for (const url of world.queueIds.keys()) {
    const queue = await queueAt(world, url);
    if (queue !== undefined) world.queueIds.set(url, queue.id);
  }
}

/** Somebody has the messages of the dead-letter queue go back to where they came from. */
export async function moveBack(world: World): Promise<void> {
  const process = world.process();
  world.note("a move task of the queue dead begins");
  const input = { SourceArn: arnOf("dead") };
  await dare(process.engine.operate("StartMessageMoveTask", input, process.caller()));
}

async function dare(action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!refused.test(String(error))) throw error;
  }
}

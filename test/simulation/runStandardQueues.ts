import { queueKey } from "#engine/queue.ts";
import { isSegment } from "./messageWatch.ts";
import { type Link, QueueChain } from "./queueChain.ts";
import { account, type SimulatedProcess } from "./simulatedProcess.ts";
import type { Setting } from "./simulatedWorld.ts";
import { StandardClient } from "./standardClient.ts";
import { sweepNow } from "./sweepNow.ts";
import { World } from "./world.ts";

const stormMs = 8000;
/** What was asked of the table comes to an end within so long: it may be slow there, in between and back. */
const lateMs = 13_000;
const freezeMsMax = 4000;
/** Longer than any timeout or delay that a client asked for, with the time to find out. */
const calmMs = 16_000;
/** A reader skips what it has seen in flight for twenty seconds at most. */
const longestSkipMs = 21_000;

/**
 * Lets clients do what they like with standard queues while things go wrong, then lets them receive
 * and delete everything while nothing does. Answers what was noticed that cannot be.
 */
export async function runStandardQueues(setting: Setting): Promise<World> {
  const world = new World(setting);
  const chain = new QueueChain(world, { isFifo: false, attributes: new Map() });
  const queues = await prepare(world, chain);
  await storm(world, chain, queues);
  await calm(world, queues);
  await sweep(world, queues);
  return world;
}

async function prepare(world: World, chain: QueueChain): Promise<readonly string[]> {
  const process = world.startProcess();
  const queues: string[] = [];
  await world.until(chain.create(process).then((urls) => queues.push(...urls)));
  for (const url of queues) await spreadOverLanes(world, url);
  process.die();
  return queues;
}

/** Gives a queue several lanes, perhaps. */
async function spreadOverLanes({ table, random }: World, url: string): Promise<void> {
  const key = queueKey(account, url.split("/").at(-1) ?? "");
  const queue = JSON.parse(String((await table.get(key))?.["q"]));
  const q = JSON.stringify({ ...queue, lanes: 1 + random.below(3) });
  await table.write({ kind: "patch", key, set: { q }, when: [] });
}

/** Gives a queue more lanes, as processes would that were refused at them, once or three times. */
async function growLanes(world: World, url: string): Promise<void> {
  const { table, clock } = world;
  const key = queueKey(account, url.split("/").at(-1) ?? "");
  const item = await table.get(key);
  const version = item?.["v"];
  // Deleted just now.
  if (typeof version !== "number" || item?.["q"] === undefined) return;
  const queue = JSON.parse(String(item?.["q"]));
  const lanes = Math.min(64, queue.lanes * (world.random.oneIn(2) ? 2 : 8));
  const q = JSON.stringify({ ...queue, lanes, lanesGrownAtMs: clock.nowMs() });
  await table.write({ kind: "patch", key, set: { q, v: version + 1 }, when: [] });
  world.note(`${lanes} lanes`);
}

async function storm(world: World, chain: QueueChain, queues: readonly string[]): Promise<void> {
  const { clock, random } = world;
  const untilMs = clock.nowMs() + stormMs;
  const start = () => {
    // Where a process owns its table, somebody else may have started it meanwhile.
    const process = world.isCloud ? world.startProcess() : world.process();
    world.note("a process starts");
    for (let clients = 0; clients < 3; clients += 1) {
      watchOver(world, new StandardClient(world, process, queues).roam(untilMs));
    }
  };
  world.stirUp();
  for (let count = world.isCloud ? 1 + random.below(3) : 1; count > 0; count -= 1) start();
  for (let deaths = random.below(3); deaths > 0; deaths -= 1) {
    clock.after(random.below(stormMs), () => {
      if (world.killProcess()) clock.after(random.below(500), start);
    });
  }
  for (let steps = random.below(3); steps > 0; steps -= 1) {
    clock.after(random.below(stormMs), () => world.setClock());
  }
  // A process that owns its table remembers a queue for good, and nobody else may change it.
  for (let times = world.isCloud ? random.below(7) : 0; times > 0; times -= 1) {
    const queue = random.pick(queues);
    if (queue !== undefined) clock.after(random.below(stormMs), () => void growLanes(world, queue));
  }
  for (let runs = random.below(4); runs > 0; runs -= 1) {
    clock.after(random.below(stormMs), () => watchOver(world, sweepNow(world.process(), untilMs)));
  }
  for (let times = random.below(4); times > 0; times -= 1) {
    clock.after(random.below(stormMs), () => world.freezeProcess(random.below(freezeMsMax)));
  }
  const disrupt = (run: () => Promise<void>) =>
    clock.after(random.below(stormMs), () => watchOver(world, run()));
  for (let purges = random.below(3); purges > 0; purges -= 1) {
    const queue = random.oneIn(2) ? queues[0] : random.pick(queues);
    if (queue !== undefined) disrupt(() => chain.purge(queue));
  }
  const isDeleted = random.oneIn(6);
  if (isDeleted) {
    const link: Link = random.oneIn(2) ? "source" : "dead";
    disrupt(() => chain.recreate(link));
  }
  for (let moves = random.below(3); moves > 0; moves -= 1) disrupt(() => chain.moveBack());
  await clock.advance(stormMs);
  world.calmDown();
  if (!isDeleted) return;
  // What was asked last arrives, and every process hears of it.
  await clock.advance(lateMs);
  await world.until(chain.makeMissing());
  world.watch.beginCalm();
}

async function calm(world: World, queues: readonly string[]): Promise<void> {
  const untilMs = world.clock.nowMs() + calmMs;
  for (const process of alive(world)) {
    for (const queue of queues) {
      watchOver(world, new StandardClient(world, process, queues).drain(queue, untilMs));
    }
  }
  await world.clock.advance(calmMs);
}

/** One more look from the head of each lane, which removes what crashes left behind. */
async function sweep(world: World, queues: readonly string[]): Promise<void> {
  await world.clock.advance(longestSkipMs);
  const process = world.process();
  for (const queue of queues) {
    // Of many lanes, a receive that does not wait looks at some only.
    const input = { QueueUrl: queue, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 };
    await world.until(process.engine.operate("ReceiveMessage", input, process.caller()));
  }
}

function alive(world: World): readonly SimulatedProcess[] {
  const processes = world.processes.filter(({ isAlive }) => isAlive);
  return processes.length > 0 ? processes : [world.startProcess()];
}

/** What a queue promises and this run did not keep, as far as it can be told. */
export function findingsOf(world: World, waitMsMax: number): readonly string[] {
  const { violations, watch, ledger, table } = world;
  const owed = ledger.owed.filter((id) => watch.live.has(id));
  const others = [...watch.live].filter((id) => !owed.includes(id));
  // What nothing leads to any more expires, and is not for receives to clear away.
  const segments = [...table.items()].filter(
    (item) => isSegment(item) && !watch.isUnreachable(item),
  );
  return [
    ...violations,
    ...owed.map((id) => `${id} was never received`),
    ...others.map((id) => `${id} was left behind`),
    ...(watch.longestWaitMs > waitMsMax ? [`a message waited ${watch.longestWaitMs} ms`] : []),
    ...segments.map(({ pk, sk }) => `segment ${pk} ${sk} was left behind`),
  ];
}

/** A client's failure that is no fault of the table's is a finding. */
function watchOver(world: World, client: Promise<void>): void {
  client.catch((error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.ledger.violations.push(`unexpected: ${text}`);
  });
}

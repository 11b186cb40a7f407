import { FifoClient } from "./fifoClient.ts";
import { isOfGroup } from "./fifoWatch.ts";
import { FifoWorld } from "./fifoWorld.ts";
import { QueueChain } from "./queueChain.ts";
import type { Setting } from "./simulatedWorld.ts";
import { sweepNow } from "./sweepNow.ts";

const stormMs = 6000;
/** What was asked of the table arrives within so long, whether or not its sender has died. */
const lateMs = 5000;
/** It comes to an end within so long: it may be slow there, in between and back. */
const latestMs = 13_000;
/** Longer than any timeout that a client asked for, with the time to receive everything. */
const calmMs = 30_000;
/** Beyond the interval in which an id is a duplicate, whatever the clocks say. */
const intervalMs = 303_000;
const clientsCount = 5;
const freezeMsMax = 4000;

export interface FifoRun {
  readonly setting: Setting;
  /** Over how many groups messages are spread. */
  readonly groups: number;
  readonly attributes: ReadonlyMap<string, string>;
  /** How often the clients roam, with five minutes in between. */
  readonly storms: number;
}

/** What a seed stands for, beside its luck. */
export function runOf(setting: Setting): FifoRun {
  const { seed } = setting;
  const isRare = (times: number) => seed % times === times - 1;
  return {
    setting,
    groups: isRare(10) ? 150 : 1 + (seed % 5),
    attributes: new Map([
      ...(isRare(7) ? ([["DelaySeconds", "1"]] as const) : []),
      ...(isRare(9) ? ([["DeduplicationScope", "messageGroup"]] as const) : []),
      ...(isRare(8) ? ([["MessageRetentionPeriod", "60"]] as const) : []),
    ]),
    storms: isRare(6) ? 2 : 1,
  };
}

/**
 * Lets clients do what they like with FIFO queues while things go wrong, then lets them receive and
 * delete everything while nothing does. Answers what was noticed that cannot be.
 */
export async function runFifoQueues(run: FifoRun): Promise<FifoWorld> {
  const world = new FifoWorld(run.setting);
  const chain = new QueueChain(world, { isFifo: true, attributes: run.attributes });
  const queues = await prepare(world, chain);
  const groups = Array.from({ length: run.groups }, (_, index) => `group-${index}`);
  const clients = Array.from(
    { length: clientsCount },
    (_, index) => new FifoClient({ world, name: `c${index}`, queues, groups }),
  );
  for (let storms = 0; storms < run.storms; storms += 1) {
    if (storms > 0) await world.clock.advance(intervalMs);
    await storm(world, chain, clients);
  }
  await calm(world, queues, groups);
  return world;
}

async function prepare(world: FifoWorld, chain: QueueChain): Promise<readonly string[]> {
  const process = world.startProcess();
  const queues: string[] = [];
  await world.until(chain.create(process).then((urls) => queues.push(...urls)));
  process.die();
  return queues;
}

async function storm(
  world: FifoWorld,
  chain: QueueChain,
  clients: readonly FifoClient[],
): Promise<void> {
  const { clock, random } = world;
  world.stirUp();
  if (world.isCloud) for (let count = random.below(3); count > 0; count -= 1) world.startProcess();
  world.process();
  for (let deaths = random.below(4); deaths > 0; deaths -= 1) {
    clock.after(random.below(stormMs), () => {
      // Where a process owns its table, somebody else may have started it meanwhile.
      const start = () => (world.isCloud ? world.startProcess() : world.process());
      if (world.killProcess()) clock.after(random.below(500), start);
    });
  }
  for (let steps = random.below(3); steps > 0; steps -= 1) {
    clock.after(random.below(stormMs), () => world.setClock());
  }
  const untilMs = clock.nowMs() + stormMs;
  for (const client of clients) watchOver(world, client.roam(untilMs));
  for (let times = random.below(4); times > 0; times -= 1) {
    clock.after(random.below(stormMs), () => world.freezeProcess(random.below(freezeMsMax)));
  }
  for (let runs = random.below(4); runs > 0; runs -= 1) {
    clock.after(random.below(stormMs), () => watchOver(world, sweepNow(world.process(), untilMs)));
  }
  const disrupt = (run: () => Promise<void>) =>
    clock.after(random.below(stormMs), () => watchOver(world, run()));
  const purged = random.pick(["source", "source", "dead"] as const) ?? "source";
  if (random.oneIn(4)) disrupt(() => chain.purge(chain.urlOf(purged)));
  for (let moves = random.below(4); moves > 0; moves -= 1) disrupt(() => chain.moveBack());
  const isDeleted = random.oneIn(10);
  if (isDeleted) disrupt(() => chain.recreate(random.oneIn(2) ? "source" : "dead"));
  await clock.advance(stormMs);
  world.calmDown();
  if (!isDeleted) return;
  // What was asked last has ended, and every process hears of it.
  await clock.advance(latestMs);
  await world.until(chain.makeMissing());
}

async function calm(
  world: FifoWorld,
  queues: readonly string[],
  groups: readonly string[],
): Promise<void> {
  const { clock, watch } = world;
  let isOver = false;
  world.process();
  watch.beginCalm();
  for (const queue of queues) {
    for (let drains = 0; drains < 3; drains += 1) {
      const client = new FifoClient({ world, name: `drain${drains}`, queues, groups });
      watchOver(
        world,
        client.drain(queue, () => isOver),
      );
    }
  }
  await clock.advance(lateMs);
  const untilMs = clock.nowMs() + calmMs;
  while (watch.live.length > 0 && clock.nowMs() < untilMs) await clock.advance(1000);
  // Once more round for what crashes have left behind, and until all have gone home.
  await clock.advance(lateMs);
  isOver = true;
  await clock.advance(lateMs);
}

/** A client's failure that is no fault of the table's is a finding. */
function watchOver(world: FifoWorld, client: Promise<void>): void {
  client.catch((error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.ledger.violations.push(`unexpected: ${text}`);
  });
}

/** What a FIFO queue promises and this run did not keep, as far as it can be told. */
export function findingsOf(world: FifoWorld, waitMsMax: number): readonly string[] {
  const { violations, watch, ledger, table } = world;
  const owed = ledger.owed.filter((id) => watch.isLive(id));
  const others = watch.live.filter((id) => !owed.includes(id));
  // What nothing leads to any more expires, and is not for receives to clear away.
  const left = [...table.items()].filter((item) => isOfGroup(item) && !watch.isUnreachable(item));
  return [
    ...violations,
    ...owed.map((id) => `${id} was never received`),
    ...others.map((id) => `${id} was left behind`),
    ...(watch.longestWaitMs > waitMsMax ? [`a message waited ${watch.longestWaitMs} ms`] : []),
    ...left.map(({ pk, sk }) => `${pk} ${sk} was left behind`),
  ];
}

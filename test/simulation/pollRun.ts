import { poll } from "#poll/poll.ts";
import type { PollSettings } from "#poll/settings.ts";
import { TriggerTurn } from "#service/triggerTurn.ts";
import { SeededRandom } from "../support/seededRandom.ts";
import { PollWorld, type PollWorldSetting } from "./pollWorld.ts";
import { account, type SimulatedProcess } from "./simulatedProcess.ts";
import { SimulatedWorker } from "./simulatedWorker.ts";
import { maxReceiveCount } from "./simulatedWorld.ts";
import { watchedQueue } from "./watchedQueue.ts";

/** Who is given the messages of which queue, and how. */
interface Trigger {
  readonly name: string;
  readonly queue: string;
  readonly settings: PollSettings;
  /** Whether pollers take turns, as functions do, or everybody polls who likes to. */
  readonly hasTurn: boolean;
  readonly canPutBack: boolean;
  readonly isStoppable: boolean;
}

const sendsCount = 40;
const runsCount = 12;
/** What was asked of the table comes to an end within so long: it may be slow there, in between and back. */
const lateMs = 13_000;
/** How often a schedule fires once nothing fails. */
const scheduleMs = 5000;
/** Longer than a dead poller's turn lasts, and then each message may be received some times more. */
const calmMs = 150_000;
/** The platform ends a poller that has not ended by itself so long after its time. */
const killMs = 1500;
const expected = /was lost|refuses more work|in contention|not available/;

/**
 * Lets pollers hand a queue's messages to workers while processes, the network and the workers fail,
 * then lets them hand over everything while nothing does. Answers what was noticed that cannot be.
 */
export async function runPollers(setting: PollWorldSetting): Promise<PollWorld> {
  const world = new PollWorld(setting);
  const triggers = await prepare(world, setting);
  await storm(world, triggers);
  await calm(world, triggers);
  return world;
}

async function prepare(
  world: PollWorld,
  { isFifo, isCalm = false }: PollWorldSetting,
): Promise<readonly Trigger[]> {
  const process = world.startProcess();
  const names = ["dead", "source"].map((name) => (isFifo ? `${name}.fifo` : name));
  const hasTurn = !world.random.oneIn(4);
  const triggers: Trigger[] = [];
  for (const [index, queue] of names.entries()) {
    await world.until(createQueue(process, queue, names[index - 1], isFifo));
    triggers.push({
      name: `trigger-${index}`,
      queue,
      settings: settingsOf(world, { isFifo, isCalm }),
      hasTurn,
      canPutBack: isCalm || !world.random.oneIn(4),
      isStoppable: world.random.oneIn(2),
    });
  }
  process.die();
  return triggers;
}

async function createQueue(
  process: SimulatedProcess,
  name: string,
  target: string | undefined,
  isFifo: boolean,
): Promise<void> {
  const arn = `arn:aws:sqs:test:${account}:${target}`;
  const policy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount });
  const attributes = new Map([
    ["VisibilityTimeout", "8"],
    ...(isFifo ? ([["FifoQueue", "true"]] as const) : []),
    ...(target === undefined ? [] : ([["RedrivePolicy", policy]] as const)),
  ]);
  const input = { QueueName: name, Attributes: attributes };
  await process.engine.operate("CreateQueue", input, process.caller());
}

function settingsOf(
  { random }: PollWorld,
  { isFifo, isCalm }: { readonly isFifo: boolean; readonly isCalm: boolean },
): PollSettings {
  return {
    batchSize: random.pick(isFifo ? [1, 3, 10] : [1, 3, 10, 25]) ?? 10,
    batchWindowSeconds: isFifo ? 0 : (random.pick([0, 0, 1]) ?? 0),
    concurrencyMax: random.pick([1, 2, 5]) ?? 1,
    reportsBatchItemFailures: !random.oneIn(3),
    waitSeconds: random.pick([0, 0, 0, 3]) ?? 0,
    // Where nothing fails, no lease may end by the clocks alone.
    ...(!isCalm && random.oneIn(3) && { visibilityTimeoutSeconds: 3 }),
    ...(random.oneIn(2) && { retrySeconds: random.pick([0, 2]) ?? 0 }),
  };
}

async function storm(world: PollWorld, triggers: readonly Trigger[]): Promise<void> {
  const { clock, random } = world;
  // A turn lasts for a minute, so some storms go on for longer than that.
  const stormMs = random.oneIn(3) ? 100_000 : 12_000;
  const at = (run: () => void) => clock.after(random.below(stormMs), run);
  const times = (most: number, run: () => void) => {
    for (let count = random.below(most + 1); count > 0; count -= 1) at(run);
  };
  world.stirUp();
  const pollers = new Set<SimulatedProcess>();
  const sender = world.startProcess();
  for (let number = 0; number < sendsCount; number += 1) {
    at(() => watchOver(world, send(world, sender, number)));
  }
  for (const trigger of triggers) {
    for (let runs = 0; runs < runsCount; runs += 1) {
      at(() => watchOver(world, runPoller(world, trigger, pollers)));
    }
  }
  const alive = () => [...pollers].filter(({ isAlive }) => isAlive);
  times(4, () => world.killProcess(alive()));
  times(3, () => world.freezeProcess(random.below(4000), alive()));
  // As long as it takes for a turn to be over.
  if (stormMs > 60_000) times(2, () => world.freezeProcess(30_000 + random.below(60_000), alive()));
  times(2, () => world.setClock());
  await clock.advance(stormMs);
  world.calmDown();
}

async function calm(world: PollWorld, triggers: readonly Trigger[]): Promise<void> {
  const { clock, watch } = world;
  const pollers = new Set<SimulatedProcess>();
  const [lateUntilMs, untilMs] = [clock.nowMs() + lateMs, clock.nowMs() + calmMs];
  const isOver = () => clock.nowMs() > lateUntilMs && [...watch.live].length === 0;
  while (clock.nowMs() < untilMs && !isOver()) {
    for (const trigger of triggers) watchOver(world, runPoller(world, trigger, pollers));
    await clock.advance(scheduleMs);
  }
}

async function send(world: PollWorld, { engine, caller }: SimulatedProcess, number: number) {
  const { random, isFifo, ledger, watch } = world;
  const QueueUrl = isFifo ? "source.fifo" : "source";
  const input = {
    QueueUrl,
    MessageBody: `${number} ${random.hex(random.pick([4, 40, 600, 3000]) ?? 4)}`,
    ...(isFifo && {
      MessageGroupId: `group-${random.below(3)}`,
      MessageDeduplicationId: `${number}`,
    }),
  };
  try {
    const { MessageId: id = "" } = await engine.operate("SendMessage", input, caller());
    world.note(`sent ${number} : ${id}`);
    ledger.hasSent(id);
    if (!watch.hasSeen(id)) ledger.violations.push(`${id} was acknowledged and not stored`);
  } catch (error) {
    if (!expected.test(String(error))) throw error;
  }
}

/** One run of a trigger's function, in a process of its own or in one that was left warm. */
async function runPoller(
  world: PollWorld,
  trigger: Trigger,
  pollers: Set<SimulatedProcess>,
): Promise<void> {
  const { random } = world;
  const warm = random.pick([...pollers].filter(({ isAlive }) => isAlive));
  const process = warm !== undefined && random.oneIn(2) ? warm : world.startProcess();
  pollers.add(process);
  const { clock, table } = process;
  const timeMs = random.pick([4000, 12_000, 25_000]) ?? 4000;
  const finishMsMax = timeMs / 3;
  const stop = new AbortController();
  const cancelStop = clock.after(timeMs - finishMsMax, () => stop.abort());
  const luck = random.below(2 ** 31);
  const log = logOf(world);
  const turn = new TriggerTurn({
    table,
    clock,
    random: new SeededRandom(luck),
    log,
    account,
    triggerName: trigger.name,
    onLost: () => stop.abort(),
  });
  // The first that a turn asks of chance is the name of its holder.
  const holder = new SeededRandom(luck).hex(8);
  const { settings, hasTurn, isStoppable, canPutBack } = trigger;
  let isOver = false;
  world.clock.after(timeMs + killMs, () => {
    if (!isOver) process.die();
  });
  world.note(`a run of ${trigger.name} begins as ${holder}`);
  try {
    await poll({
      queue: watchedQueue(world, process, { name: trigger.queue, canPutBack }),
      worker: new SimulatedWorker({
        world,
        process,
        reportsBatchItemFailures: settings.reportsBatchItemFailures,
        isStoppable,
        onInvoke: () => hasTurn && world.turns.invokes(holder, process.thawedAtMs),
      }),
      clock,
      random: process.random,
      log,
      settings,
      endsWhen: "empty",
      stop: stop.signal,
      ...(hasTurn && { mayBegin: () => turn.take() }),
      finishMsMax,
    });
  } catch (error) {
    if (!expected.test(String(error))) throw error;
  } finally {
    cancelStop();
    await turn.end();
    isOver = true;
    world.note(`a run of ${trigger.name} ends as ${holder}`);
  }
}

/** A fault of the poller's own is a finding. What the table's faults lead to is not. */
function logOf(world: PollWorld) {
  const say = (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const { error, ...facts } = fields;
    world.note(`log: ${event} ${JSON.stringify(facts)}`);
    if (event.endsWith(".fault")) world.ledger.violations.push(`${event}: ${stackOf(error)}`);
  };
  return { debug: () => undefined, info: say, warn: say, error: say };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A failure that is no fault of the table's is a finding. */
function watchOver(world: PollWorld, work: Promise<void>): void {
  work.catch((error: unknown) => {
    world.ledger.violations.push(`unexpected: ${stackOf(error)}`);
  });
}

/** What pollers promise and this run did not keep, as far as it can be told. */
export function findingsOf(world: PollWorld, waitMsMax: number): readonly string[] {
  const { violations, watch, ledger } = world;
  const { longestWaitMs } = watch;
  return [
    ...violations,
    ...[...watch.live].map((id) =>
      ledger.acknowledged.has(id) ? `${id} was never handled` : `${id} was left behind`,
    ),
    ...(longestWaitMs > waitMsMax ? [`a message waited ${longestWaitMs} ms`] : []),
  ];
}

import { setTimeout as sleep } from "node:timers/promises";
import { bodiesOf, numberOf } from "../../../bench/bodies.ts";
import { type Chance, seededRandom, wholeBelow } from "../../../bench/seededRandom.ts";
import { atPace, inTurns, type SoakEntry, SoakQueue, type SoakWorld } from "./soakQueue.ts";

/** How a backlog comes and goes beside the steady traffic. */
export interface Tides {
  /** So many times it fills up, and is drained. */
  readonly count: number;
  /** How much each brings, in bytes that no compression makes fewer. */
  readonly bytes: number;
}

/** Long enough that whoever holds a message on a busy machine still holds it when deleting. */
const visibilityTimeoutSeconds = 120;
const waitSeconds = 5;
const small = bodiesOf(600);
const largeBytesMax = 700_000;
const tideBodyBytes = 60_000;
const tideBatch = 10;
const groupsPerProducer = 10;
/** Beyond these nobody sends: consumers cannot follow, and a backlog is another matter. */
const openMax = 6000;
const quietPolls = 40;

/**
 * Everything at once, at a pace that a busy machine keeps, or with what it can do of it:
 *
 * ```
 *   small    batches of 1 to 10, one message in eight delayed, long polls, singly and in batches
 *   fifo     two producers with ten groups each
 *   large    bodies of up to 700 KB
 *   tide     a backlog that comes and is drained, again and again
 *   quiet    long polls that get nothing, half of whose callers hang up
 *   passing  queues that live for three seconds
 * ```
 *
 * One message in nine is given back at its first receive, and deleted when it comes again. Resolves when
 * all is sent, received and deleted, and every connection closed.
 */
export async function runSoakLoad(world: SoakWorld, seed: number, tides: Tides): Promise<void> {
  const chances = seededRandom(seed);
  const chance = () => seededRandom(wholeBelow(chances, 2 ** 32));
  const noise = noiseOf(chance(), 2 * largeBytesMax);
  await Promise.all([
    ...times(2, () => produceSmall(world, chance())),
    ...times(6, (index) => consume(world, "small", index === 0 ? 1 : 10)),
    ...times(2, (index) => produceFifo(world, `producer${index}`)),
    ...times(4, () => consume(world, "fifo.fifo", 10)),
    produceLarge(world, chance(), noise),
    consume(world, "large", 1),
    runTides(world, tides, noise),
    ...times(quietPolls, (index) => pollQuietly(world, index % 2 === 0)),
    passThrough(world),
  ]);
}

function times(count: number, run: (index: number) => Promise<void>): readonly Promise<void>[] {
  return Array.from({ length: count }, (_, index) => run(index));
}

async function produceSmall(world: SoakWorld, chance: Chance): Promise<void> {
  const queue = await SoakQueue.open(world, "small");
  await atPace(100, world.sendUntilMs, async () => {
    if (world.ledger.open > openMax) return;
    const entries = Array.from({ length: 1 + wholeBelow(chance, 10) }, (): SoakEntry => {
      const isDelayed = wholeBelow(chance, 8) === 0;
      const number = world.ledger.deal({ nowMs: performance.now(), isDelayed });
      return { body: small(number), ...(isDelayed && { delaySeconds: 1 + wholeBelow(chance, 2) }) };
    });
    await queue.send(entries);
  });
  queue.close();
}

async function produceFifo(world: SoakWorld, name: string): Promise<void> {
  const queue = await SoakQueue.open(world, "fifo.fifo");
  await atPace(200, world.sendUntilMs, async (turn) => {
    if (world.ledger.open > openMax) return;
    const groupId = `${name}-${turn % groupsPerProducer}`;
    const entries = Array.from({ length: 1 + (turn % 5) }, (): SoakEntry => {
      // What lies before it in its group may hold it up.
      const isDelayed = true;
      return {
        body: small(world.ledger.deal({ nowMs: performance.now(), groupId, isDelayed })),
        groupId,
      };
    });
    await queue.send(entries);
  });
  queue.close();
}

async function produceLarge(world: SoakWorld, chance: Chance, noise: string): Promise<void> {
  const queue = await SoakQueue.open(world, "large");
  await atPace(500, world.sendUntilMs, async () => {
    const bytes = 50_000 + wholeBelow(chance, largeBytesMax - 50_000);
    const number = world.ledger.deal({ nowMs: performance.now(), isDelayed: true });
    await queue.send([{ body: noisyBody(number, bytes, noise) }]);
  });
  queue.close();
}

/** Receives until nothing can come any more. */
async function consume(world: SoakWorld, name: string, most: number): Promise<void> {
  const queue = await SoakQueue.open(world, name);
  while (world.mayReceive()) await receiveOnce(queue, most);
  queue.close();
}

async function receiveOnce(queue: SoakQueue, most: number): Promise<number> {
  const deliveries = await queue.receive({ most, waitSeconds, visibilityTimeoutSeconds });
  const isGivenBack = deliveries.map(
    ({ body, receiveCount }) => receiveCount === 1 && numberOf(body) % 9 === 0,
  );
  // Of a group, what follows what is given back goes with it.
  const groups = new Set(
    deliveries.filter((_, index) => isGivenBack[index]).map(({ groupId }) => groupId),
  );
  groups.delete(undefined);
  const kept = deliveries.filter(
    ({ groupId }, index) => isGivenBack[index] !== true && !groups.has(groupId),
  );
  await queue.delete(kept);
  // The last of a group first: what is before it would be received without it.
  for (const delivery of deliveries.toReversed()) {
    if (kept.includes(delivery)) continue;
    await queue.change(delivery, numberOf(delivery.body) % 2);
  }
  return deliveries.length;
}

/** In the first third of each tide the backlog grows, more slowly if it must; then it is drained. */
async function runTides(world: SoakWorld, tides: Tides, noise: string): Promise<void> {
  const queue = await SoakQueue.open(world, "tide");
  const tideMs = (world.sendUntilMs - performance.now()) / tides.count;
  const sends = Math.ceil(tides.bytes / tideBodyBytes / tideBatch);
  for (let tide = 0; tide < tides.count; tide += 1) {
    const endsMs = world.sendUntilMs - (tides.count - 1 - tide) * tideMs;
    await inTurns(sends, tideMs / 3 / sends, () => queue.send(tideEntries(world, noise)));
    await world.atHighTide();
    // One that finds nothing has waited longer than anything is hidden.
    while ((await receiveOnce(queue, 10)) > 0);
    await sleep(Math.max(0, endsMs - performance.now()));
  }
  queue.close();
}

function tideEntries({ ledger }: SoakWorld, noise: string): readonly SoakEntry[] {
  return Array.from({ length: tideBatch }, () => {
    const number = ledger.deal({ nowMs: performance.now(), isDelayed: true });
    return { body: noisyBody(number, tideBodyBytes, noise) };
  });
}

/** Waits for what never comes, to the end or not. */
async function pollQuietly(world: SoakWorld, hangsUp: boolean): Promise<void> {
  let queue = await SoakQueue.open(world, "quiet");
  while (performance.now() < world.sendUntilMs) {
    const polling = queue.receive({ most: 10, waitSeconds, visibilityTimeoutSeconds });
    if (!hangsUp) {
      await polling;
      continue;
    }
    const cut = setTimeout(() => queue.close(), 700);
    await polling.catch(() => undefined);
    clearTimeout(cut);
    queue = await SoakQueue.open(world, "quiet");
  }
  queue.close();
}

/** Makes queues that nobody ever made before, and deletes them with what is in them. */
async function passThrough(world: SoakWorld): Promise<void> {
  await atPace(3000, world.sendUntilMs, async (turn) => {
    const queue = await SoakQueue.open(world, `passing-${turn}`);
    await queue.send(Array.from({ length: 10 }, () => ({ body: "to be gone" })));
    await queue.end();
  });
}

function noiseOf(chance: Chance, length: number): string {
  const bytes = new Uint8Array(Math.ceil((length * 3) / 4));
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = wholeBelow(chance, 256);
  return Buffer.from(bytes).toString("base64");
}

/** A body with its number in front, as `numberOf` reads it, that does not compress well. */
function noisyBody(number: number, bytes: number, noise: string): string {
  const from = (number * 7919) % (noise.length - bytes);
  return `{"order":${number},"noise":"${noise.slice(from, from + bytes)}"}`;
}

import { setTimeout as sleep } from "node:timers/promises";
import { createEngine } from "#engine/createEngine.ts";
import { clock, random } from "../bin/platform.ts";
import { openEngineQueue } from "./engineQueue.ts";
import { openFifoEngineQueue } from "./fifoEngineQueue.ts";
import { openMeteredTable, sumOf } from "./freshTable.ts";
import { setLanes } from "./setLanes.ts";
import { figure, textTable } from "./textTable.ts";

/** Receives that wait at a quiet queue on DynamoDB, one process's. */
export interface WaitingCase {
  readonly queue: "standard" | "FIFO";
  readonly lanes: number;
  /** Receives that wait at once. */
  readonly receives: number;
}

export interface WaitingResult extends WaitingCase {
  readonly seconds: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly roundTrips: number;
}

export const waitingCases: readonly WaitingCase[] = [
  { queue: "standard", lanes: 1, receives: 1 },
  { queue: "standard", lanes: 1, receives: 100 },
  { queue: "standard", lanes: 64, receives: 1 },
  { queue: "standard", lanes: 64, receives: 100 },
  { queue: "FIFO", lanes: 1, receives: 1 },
  { queue: "FIFO", lanes: 1, receives: 100 },
];

/** The longest that a receive may wait. */
const waitSeconds = 20;
/** What a process reads when it comes to a queue is behind it by then. */
const settlingMs = 25_000;
/** Three receives, one after the other. */
const measuredMs = 60_000;
const wish = { most: 1, visibilityTimeoutSeconds: 30, waitSeconds };

/** Lets receives wait, one after the other, and tells what DynamoDB billed meanwhile, a minute's worth. */
export async function runWaiting(endpoint: string, of: WaitingCase): Promise<WaitingResult> {
  const { table, bill } = await openMeteredTable(endpoint);
  const engine = createEngine({ table, clock, random });
  const name = of.queue === "FIFO" ? "quiet.fifo" : "quiet";
  const open = of.queue === "FIFO" ? openFifoEngineQueue : openEngineQueue;
  const queue = await open(engine, name);
  if (of.lanes > 1) await setLanes(table, name, of.lanes);
  const end = Date.now() + settlingMs + measuredMs;
  const waiting = Array.from({ length: of.receives }, async () => {
    while (Date.now() < end) await queue.receive(wish);
  });
  await sleep(settlingMs);
  bill.length = 0;
  const startedMs = performance.now();
  await sleep(measuredMs);
  const seconds = (performance.now() - startedMs) / 1000;
  const cost = sumOf(bill);
  await engine.close();
  await Promise.allSettled(waiting);
  await table.close();
  return { ...of, seconds, ...cost };
}

/** The results as a table, with its bound. */
export function waitingTable(results: readonly WaitingResult[]): string {
  return textTable([
    ["quiet queue on DynamoDB", "lanes", "receives that wait", "read units/s (≤ 1)"].concat(
      "write units/s",
      "calls/s",
    ),
    ...results.map((result) => [
      result.queue,
      String(result.lanes),
      String(result.receives),
      figure(result.readUnits / result.seconds),
      figure(result.writeUnits / result.seconds),
      figure(result.roundTrips / result.seconds),
    ]),
  ]);
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { numberOf } from "../../bench/bodies.ts";
import { Ledger } from "../../bench/ledger.ts";
import { numbersTo } from "../../bench/load.ts";
import { startMillrace } from "../../bench/millraceProcess.ts";
import { seededRandom, wholeBelow } from "../../bench/seededRandom.ts";
import {
  deleteAll,
  openQueue,
  receive,
  startCrowd,
  visibilityTimeoutSeconds,
  type Witness,
} from "./crashRound.ts";

const seed = Number(process.env["MILLRACE_CRASH_SEED"] ?? Date.now() % 1_000_000);
const rounds = Number(process.env["MILLRACE_CRASH_ROUNDS"] ?? 5);
const lifeMsMin = 50;
const lifeMsMax = 1200;
const roundMsMax = 20_000;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-crash-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Starts the server, puts it under load, and kills it after so long. */
async function liveAndDie(folder: string, witness: Witness, lifeMs: number): Promise<void> {
  const server = await startMillrace({ flags: ["--data", folder] });
  const crowd = startCrowd(server.url, witness);
  try {
    await Promise.race([sleep(lifeMs), crowd.gone]);
  } finally {
    crowd.expectTheEnd();
    await server.kill();
  }
  await crowd.gone;
}

/** Receives and deletes all that there is, and counts how often each number came. */
async function drain(folder: string, witness: Witness): Promise<ReadonlyMap<number, number>> {
  const server = await startMillrace({ flags: ["--data", folder] });
  const queue = await openQueue(server.url);
  const times = new Map<number, number>();
  for (;;) {
    // Longer than the visibility timeout: what was in flight comes back while this waits.
    const waitSeconds = visibilityTimeoutSeconds + 1;
    const deliveries = await receive(queue, witness, { most: 10, waitSeconds });
    if (deliveries.length === 0) break;
    for (const { body } of deliveries) {
      times.set(numberOf(body), (times.get(numberOf(body)) ?? 0) + 1);
    }
    await deleteAll(queue, witness, deliveries);
  }
  await server.stop();
  return times;
}

describe("a server that is killed at any moment", () => {
  it("has kept what it acknowledged once, and nothing that it said was deleted", {
    timeout: roundMsMax * (rounds + 2),
  }, async () => {
    const chance = seededRandom(seed);
    const folder = await temporaryFolder();
    const witness: Witness = {
      ledger: new Ledger(),
      numbers: numbersTo(Number.MAX_SAFE_INTEGER),
      sent: new Set(),
      askedToDelete: new Set(),
    };
    for (let round = 1; round <= rounds; round += 1) {
      const lifeMs = lifeMsMin + wholeBelow(chance, lifeMsMax - lifeMsMin);
      await liveAndDie(folder, witness, lifeMs);
      const { sent, received, deleted } = witness.ledger.account();
      process.stdout.write(
        `  seed ${seed}, killed after ${lifeMs} ms: ${sent} sent, ${received} received, ${deleted} deleted so far\n`,
      );
    }
    // What was asked to be deleted before the last life may or may not be there.
    const undecided = new Set(witness.askedToDelete);

    const times = await drain(folder, witness);

    const missing = [...witness.sent].filter((each) => !undecided.has(each) && !times.has(each));
    const repeated = [...times].filter(([, count]) => count > 1).map(([number]) => number);
    const account = witness.ledger.account();
    process.stdout.write(`  drained ${times.size}: ${JSON.stringify(account)}\n`);
    expect({ missing, repeated }, `MILLRACE_CRASH_SEED=${seed}`).toEqual({
      missing: [],
      repeated: [],
    });
    expect(account, `MILLRACE_CRASH_SEED=${seed}`).toMatchObject({
      doubled: 0,
      overlapping: 0,
      undead: 0,
      miscounted: 0,
      invented: 0,
    });
  });
});

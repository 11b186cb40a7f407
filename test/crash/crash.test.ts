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
/** A life ends after so many messages that were acknowledged in it, at most, and a little later. */
const sentMax = 800;
const moreMsMax = 30;
const lookPauseMs = 2;
const drainersAtOnce = 8;
/** However slow the machine is. */
const lifeMsMax = 15_000;
const roundMsMax = 150_000;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-crash-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

interface Life {
  readonly sent: number;
  readonly moreMs: number;
}

/** Starts the server, puts it under load, and kills it in the midst of it. */
async function liveAndDie(folder: string, witness: Witness, life: Life): Promise<void> {
  const server = await startMillrace({ flags: ["--data", folder] });
  const crowd = startCrowd(server.url, witness);
  try {
    await Promise.race([lived(witness, life), crowd.gone]);
  } finally {
    crowd.expectTheEnd();
    await server.kill();
  }
  await crowd.gone;
}

async function lived({ sent }: Witness, life: Life): Promise<void> {
  const before = sent.size;
  const untilMs = performance.now() + lifeMsMax;
  while (sent.size < before + life.sent && performance.now() < untilMs) await sleep(lookPauseMs);
  await sleep(life.moreMs);
}

/** Receives and deletes all that there is, and counts how often each number came. */
async function drain(folder: string, witness: Witness): Promise<ReadonlyMap<number, number>> {
  const server = await startMillrace({ flags: ["--data", folder] });
  const times = new Map<number, number>();
  const drainers = Array.from({ length: drainersAtOnce }, async () => {
    const queue = await openQueue(server.url);
    for (;;) {
      const deliveries = await receive(queue, witness, {
        most: 10,
        // What was in flight comes back while this waits.
        waitSeconds: visibilityTimeoutSeconds + 1,
        // What comes again now was there twice, however long a delete takes.
        visibilityTimeoutSeconds: 600,
      });
      if (deliveries.length === 0) return;
      for (const { body } of deliveries) {
        times.set(numberOf(body), (times.get(numberOf(body)) ?? 0) + 1);
      }
      await deleteAll(queue, witness, deliveries);
    }
  });
  await Promise.all(drainers);
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
      const life = { sent: wholeBelow(chance, sentMax), moreMs: wholeBelow(chance, moreMsMax) };
      await liveAndDie(folder, witness, life);
      const { sent, received, deleted } = witness.ledger.account();
      process.stdout.write(
        `  seed ${seed}, killed ${round} times: ${sent} sent, ${received} received, ${deleted} deleted so far\n`,
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

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodiesOf } from "../../../bench/bodies.ts";
import { HttpConnection } from "../../../bench/httpConnection.ts";
import { createQueue, httpQueue } from "../../../bench/httpQueue.ts";
import { startMillrace } from "../../../bench/millraceProcess.ts";
import type { SoakMeter } from "./soakMeter.ts";
import { atPace } from "./soakQueue.ts";

const everyMs = 500;
const visibilityTimeoutSeconds = 120;

/**
 * What a server takes that has not worked for long, with little to do, on the same disk at the same time:
 * so much of a soak's latency is the machine's and its other users'. Starts a server anew so many times
 * until then, and sends, receives and deletes one message after another.
 */
export async function runFreshServers(
  meter: SoakMeter,
  { untilMs, lives }: { readonly untilMs: number; readonly lives: number },
): Promise<void> {
  const lifeMs = (untilMs - performance.now()) / lives;
  for (let life = 1; life <= lives; life += 1) {
    await liveOnce(meter, untilMs - (lives - life) * lifeMs);
  }
}

async function liveOnce(meter: SoakMeter, untilMs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-fresh-"));
  const server = await startMillrace({ flags: ["--data", folder] });
  try {
    const connection = await HttpConnection.open(server.url);
    const queue = httpQueue(connection, await createQueue(connection, "fresh"));
    const bodyOf = bodiesOf(600);
    await atPace(everyMs, untilMs, async (turn) => {
      const startedMs = performance.now();
      await queue.send([bodyOf(turn)]);
      const sentMs = performance.now();
      const options = { most: 1, waitSeconds: 5, visibilityTimeoutSeconds };
      const deliveries = await queue.receive(options);
      const receivedMs = performance.now();
      await queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
      meter.note("freshSend", sentMs - startedMs);
      meter.note("freshArrival", receivedMs - startedMs);
      meter.note("freshDelete", performance.now() - receivedMs);
    });
    connection.close();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

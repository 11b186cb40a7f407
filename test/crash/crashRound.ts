import { type BodyOf, bodiesOf, numberOf } from "../../bench/bodies.ts";
import { HttpConnection } from "../../bench/httpConnection.ts";
import { createQueue, httpQueue } from "../../bench/httpQueue.ts";
import type { Ledger } from "../../bench/ledger.ts";
import type { Numbers } from "../../bench/load.ts";
import type { Delivery, QueueClient, ReceiveOptions } from "../../bench/queueClient.ts";

/** What the clients of a server that crashes know, over all of its lives. */
export interface Witness {
  readonly ledger: Ledger;
  readonly numbers: Numbers;
  /** Numbers whose send was acknowledged. */
  readonly sent: Set<number>;
  /** Numbers whose deletion was asked for, whether or not it was acknowledged. */
  readonly askedToDelete: Set<number>;
}

/** Clients at work against one life of a server, until it ends. */
export interface Crowd {
  /** Resolves when every client has met the end; rejects if one met anything else. */
  readonly gone: Promise<void>;
  /** The server is about to be killed: from now on calls may fail. */
  expectTheEnd(): void;
}

export const visibilityTimeoutSeconds = 2;
const queueName = "crash";
/** Every so many messages one is stored in chunks of its own, before the segment that names it. */
const largeEvery = 17;
const small = bodiesOf(300);
const large = bodiesOf(20_000);

const bodyOf: BodyOf = (number) => (number % largeEvery === 0 ? large(number) : small(number));

export async function openQueue(url: string): Promise<QueueClient> {
  const connection = await HttpConnection.open(url);
  return httpQueue(connection, await createQueue(connection, queueName));
}

/** Sets eight senders and six consumers, single ones and batches of each, on a server. */
export function startCrowd(url: string, witness: Witness): Crowd {
  let isEndExpected = false;
  const work = async (run: (queue: QueueClient) => Promise<void>): Promise<void> => {
    try {
      const queue = await openQueue(url);
      for (;;) await run(queue);
    } catch (error) {
      if (!isEndExpected) throw error;
    }
  };
  const senders = [1, 1, 1, 1, 10, 10, 10, 3].map((batch) =>
    work((queue) => send(queue, witness, batch)),
  );
  const receivers = [1, 1, 10, 10, 10, 4].map((most) =>
    work((queue) => receiveAndDelete(queue, witness, most)),
  );
  return {
    gone: Promise.all([...senders, ...receivers]).then(() => undefined),
    expectTheEnd: () => {
      isEndExpected = true;
    },
  };
}

async function send(queue: QueueClient, witness: Witness, batch: number): Promise<void> {
  const numbers = witness.numbers.next(batch);
  for (const number of numbers) witness.ledger.sends(number);
  await queue.send(numbers.map(bodyOf));
  for (const number of numbers) {
    witness.ledger.hasSent(number);
    witness.sent.add(number);
  }
}

/** One delivery in three is left to time out, and deleted when it comes again. */
async function receiveAndDelete(queue: QueueClient, witness: Witness, most: number): Promise<void> {
  const deliveries = await receive(queue, witness, {
    most,
    waitSeconds: 1,
    visibilityTimeoutSeconds,
  });
  const some = deliveries.filter(
    ({ body, receiveCount }) => (numberOf(body) + receiveCount) % 3 > 0,
  );
  await deleteAll(queue, witness, some);
}

export async function receive(
  queue: QueueClient,
  { ledger }: Witness,
  options: ReceiveOptions,
): Promise<readonly Delivery[]> {
  const startedMs = performance.now();
  const deliveries = await queue.receive(options);
  const endedMs = performance.now();
  const visibilityTimeoutMs = options.visibilityTimeoutSeconds * 1000;
  for (const delivery of deliveries) {
    ledger.hasReceived(delivery, { startedMs, endedMs, visibilityTimeoutMs });
  }
  return deliveries;
}

export async function deleteAll(
  queue: QueueClient,
  { ledger, askedToDelete }: Witness,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (deliveries.length === 0) return;
  for (const { body } of deliveries) askedToDelete.add(numberOf(body));
  await queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
  for (const { body } of deliveries) ledger.hasDeleted(body, performance.now());
}

import { setTimeout as sleep } from "node:timers/promises";
import { type Message, SQS, SQSServiceException } from "@aws-sdk/client-sqs";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import { eventually } from "./eventually.ts";

const calls = ["send", "sendPatiently", "receive", "delete", "poll"] as const;
type Call = (typeof calls)[number];

/** A call that was answered with an error, or not at all. */
export interface Failure {
  readonly call: Call;
  readonly error: unknown;
}

/** What clients of a server know that loses its table now and then. */
export class Crowd {
  /** Every failure that a caller who asks once has met, in order. */
  readonly failures: Failure[] = [];
  /** Failures that came through all that the SDK's own retries do. There should be none. */
  readonly despairs: Failure[] = [];
  /** Bodies whose send was acknowledged, and when. */
  readonly #acknowledgedMs = new Map<string, number>();
  /** Bodies and the message ids under which they were received. */
  readonly #received = new Map<string, Set<string>>();
  /** Bodies whose delete was acknowledged, and when. */
  readonly #deletedMs = new Map<string, number>();
  /**
   * Bodies that were received by a receive that began after their delete was acknowledged. While a send
   * is not answered, the server may be asking for it again, which brings back what was deleted meanwhile.
   */
  readonly undead: string[] = [];
  /** How often each call has succeeded. */
  readonly #successes = new Map<Call, number>();
  readonly #origin: string;
  readonly #senders: Promise<void>[] = [];
  readonly #receivers: Promise<void>[] = [];
  #maySend = true;
  #mayReceive = true;

  private constructor(origin: string) {
    this.#origin = origin;
  }

  /**
   * Sets clients of Amazon's SDK to work on a server: senders and receivers who ask once and go on, a
   * sender to a FIFO queue who leaves retries to the SDK, and receives that wait for what never comes.
   */
  static async start(origin: string, name: string): Promise<Crowd> {
    const crowd = new Crowd(origin);
    const maker = crowd.#client(1);
    const urlOf = async (QueueName: string, Attributes = {}) =>
      (await maker.createQueue({ QueueName, Attributes })).QueueUrl ?? "";
    const standard = await urlOf(`${name}-standard`);
    const fifo = await urlOf(`${name}.fifo`, { FifoQueue: "true" });
    const quiet = await urlOf(`${name}-quiet`);
    maker.destroy();
    crowd.#senders.push(crowd.#sendOnce(standard), crowd.#sendUntilAcknowledged(fifo));
    crowd.#receivers.push(
      ...[standard, standard, fifo, fifo].map((url) => crowd.#receive(url)),
      ...[quiet, quiet, quiet].map((url) => crowd.#pollQuietly(url)),
    );
    return crowd;
  }

  hasFailed(call: Call): boolean {
    return this.failures.some((failure) => failure.call === call);
  }

  /** Waits until every kind of caller is served, three times more. */
  async goesOn(): Promise<void> {
    const before = new Map(this.#successes);
    const isServed = (call: Call) => this.#count(call) >= (before.get(call) ?? 0) + 3;
    await eventually("every caller is served", () => calls.every(isServed));
  }

  /** Sends no more, waits until all that was acknowledged is received, and for every call to end. */
  async drain(): Promise<void> {
    this.#maySend = false;
    // One that is still asking again may yet be acknowledged.
    await allEnd("every send ends", this.#senders);
    await eventually("what was acknowledged is received", () => this.missing.length === 0);
    this.#mayReceive = false;
    await allEnd("every call ends", this.#receivers);
  }

  /** Messages that were acknowledged and that nobody has received yet. */
  get missing(): readonly string[] {
    return [...this.#acknowledgedMs.keys()].filter((body) => !this.#received.has(body));
  }

  /** Messages that were sent once, or under one deduplication id, and are there more than once. */
  get doubled(): readonly string[] {
    return [...this.#received].filter(([, ids]) => ids.size > 1).map(([body]) => body);
  }

  /** Failures upon which no SDK asks again. There should be none. */
  get final(): readonly Failure[] {
    return this.failures.filter(({ error }) => !isRetried(error));
  }

  /** A client that sends a call so many times. */
  #client(maxAttempts: number): SQS {
    return new SQS({
      endpoint: this.#origin,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts,
    });
  }

  async #sendOnce(QueueUrl: string): Promise<void> {
    const client = this.#client(1);
    for (let number = 0; this.#maySend; number += 1) {
      // Some have their body in an item of its own.
      const body = `standard ${number} ${"x".repeat(number % 5 === 0 ? 3000 : 10)}`;
      const sent = await this.#try("send", () =>
        client.sendMessage({ QueueUrl, MessageBody: body }),
      );
      if (sent !== undefined) this.#acknowledgedMs.set(body, performance.now());
      await sleep(10);
    }
    client.destroy();
  }

  async #sendUntilAcknowledged(QueueUrl: string): Promise<void> {
    const client = this.#client(50);
    for (let number = 0; this.#maySend; number += 1) {
      const body = `fifo ${number}`;
      const entry = {
        QueueUrl,
        MessageBody: body,
        MessageGroupId: `group-${number % 3}`,
        MessageDeduplicationId: String(number),
      };
      const sent = await this.#try("sendPatiently", () => client.sendMessage(entry), this.despairs);
      if (sent !== undefined) this.#acknowledgedMs.set(body, performance.now());
      await sleep(10);
    }
    client.destroy();
  }

  async #receive(QueueUrl: string): Promise<void> {
    const client = this.#client(1);
    while (this.#mayReceive) {
      const startedMs = performance.now();
      const received = await this.#try("receive", () =>
        client.receiveMessage({
          QueueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 2,
          VisibilityTimeout: visibilityTimeoutSeconds,
        }),
      );
      for (const message of received?.Messages ?? []) {
        this.#hasReceived(message, startedMs);
        await this.#delete(client, QueueUrl, message);
      }
      if (received === undefined) await sleep(10);
    }
    client.destroy();
  }

  #hasReceived({ Body = "", MessageId = "" }: Message, startedMs: number): void {
    const ids = this.#received.get(Body) ?? new Set();
    this.#received.set(Body, ids.add(MessageId));
    const deletedMs = this.#deletedMs.get(Body) ?? Infinity;
    const wasAnswered = (this.#acknowledgedMs.get(Body) ?? Infinity) < deletedMs;
    if (wasAnswered && startedMs > deletedMs) this.undead.push(Body);
  }

  async #delete(client: SQS, QueueUrl: string, message: Message): Promise<void> {
    const { ReceiptHandle, Body = "" } = message;
    const deleted = await this.#try("delete", () =>
      client.deleteMessage({ QueueUrl, ReceiptHandle }),
    );
    if (deleted !== undefined) this.#deletedMs.set(Body, performance.now());
  }

  async #pollQuietly(QueueUrl: string): Promise<void> {
    const client = this.#client(1);
    while (this.#mayReceive) {
      const poll = () => client.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 });
      const received = await this.#try("poll", poll);
      if (received === undefined) await sleep(10);
    }
    client.destroy();
  }

  #count(call: Call): number {
    return this.#successes.get(call) ?? 0;
  }

  async #try<Answer>(
    call: Call,
    ask: () => Promise<Answer>,
    failures = this.failures,
  ): Promise<Answer | undefined> {
    try {
      const answer = await ask();
      this.#successes.set(call, this.#count(call) + 1);
      return answer;
    } catch (error) {
      if (!isTooLate(error)) failures.push({ call, error });
      return undefined;
    }
  }
}

async function allEnd(what: string, workers: readonly Promise<void>[]): Promise<void> {
  let isOver = false;
  void Promise.all(workers).then(() => {
    isOver = true;
  });
  await eventually(what, () => isOver);
}

/** What a lost receive has claimed comes back after so long. */
const visibilityTimeoutSeconds = 5;

/** What the SDK itself asks of an error before it sends a call again. */
function isRetried(error: unknown): boolean {
  if (!(error instanceof SQSServiceException)) return false;
  const { name, message, $metadata, $retryable } = error;
  const plain = { name, message, $metadata, ...($retryable !== undefined && { $retryable }) };
  return isTransientError(plain) || isThrottlingError(plain) || isServerError(plain);
}

/** A FIFO queue deletes nothing by the handle of a receive whose timeout has ended; it comes again. */
function isTooLate(error: unknown): boolean {
  return error instanceof Error && /receipt handle has expired/i.test(error.message);
}

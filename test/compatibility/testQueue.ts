import assert from "node:assert/strict";
import type {
  Message,
  QueueAttributeName,
  ReceiveMessageCommandInput,
  SendMessageBatchRequestEntry,
  SendMessageCommandInput,
  SQS,
} from "@aws-sdk/client-sqs";
import type { StoppedClock } from "../support/stoppedClock.ts";

type ReceiveOptions = Partial<Omit<ReceiveMessageCommandInput, "QueueUrl">>;
export type SendOptions = Partial<Omit<SendMessageCommandInput, "QueueUrl" | "MessageBody">>;

/** A clock that stands still until it is moved. */
export type MovedClock = Pick<StoppedClock, "nowMs" | "advance" | "untilDueAt">;

/** The longest wait there is, and what a poll waits for unless it is told otherwise. */
const pollSeconds = 20;

/** A receive that is parked. */
export interface Poll {
  readonly answer: Promise<readonly Message[]>;
  /** Resolves when the receive is parked, after it may have had to look; rejects if it answered. */
  stillWaits(): Promise<void>;
  /** Closes the connection, and resolves when the server has noticed. */
  hangUp(): Promise<void>;
}

/** What the three counters of a queue say. */
export interface Counts {
  readonly available: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** What they say of an empty queue. */
export const noMessages: Counts = { available: 0, inFlight: 0, delayed: 0 };

/** The calls on one queue, so that a test says only what it is about. */
export class TestQueue {
  readonly #client: SQS;
  readonly #clock: MovedClock;
  /** The receives that wait: each has a timer at its deadline while it is parked. */
  readonly #polls = new Set<{ readonly deadlineMs: number }>();
  readonly url: string;
  readonly name: string;
  readonly arn: string;

  constructor(client: SQS, clock: MovedClock, url: string) {
    const [name = "", account = ""] = url.split("/").reverse();
    this.#client = client;
    this.#clock = clock;
    this.url = url;
    this.name = name;
    this.arn = `arn:aws:sqs:us-east-1:${account}:${name}`;
  }

  send(body: string, options: SendOptions = {}) {
    return this.#client.sendMessage({ QueueUrl: this.url, MessageBody: body, ...options });
  }

  /** Sends messages of these bodies in one batch, their ids being their places. */
  sendAll(...bodies: readonly string[]) {
    return this.sendBatch(bodies.map((body, place) => ({ Id: `${place}`, MessageBody: body })));
  }

  sendBatch(entries: SendMessageBatchRequestEntry[]) {
    return this.#client.sendMessageBatch({ QueueUrl: this.url, Entries: entries });
  }

  /** What a receive returns, which may be nothing. */
  async receive(options: ReceiveOptions = {}, signal?: AbortSignal): Promise<readonly Message[]> {
    const { Messages = [] } = await this.#client.receiveMessage(
      { QueueUrl: this.url, ...options },
      signal === undefined ? {} : { abortSignal: signal },
    );
    return Messages;
  }

  /** Up to ten messages. */
  receiveAll(options: ReceiveOptions = {}): Promise<readonly Message[]> {
    return this.receive({ MaxNumberOfMessages: 10, ...options });
  }

  /** The one message that a receive returns, with its system attributes. */
  async receiveOne(options: ReceiveOptions = {}): Promise<Received> {
    const messages = await this.receive({ MessageSystemAttributeNames: ["All"], ...options });
    assert.equal(messages.length, 1, `expected one message in ${this.name}`);
    return theOne(messages);
  }

  /**
   * Begins a receive that finds nothing, and resolves when the server has it waiting. With
   * `queueSeconds` it does not say how long it waits: that is what its queue says.
   */
  async poll(options: ReceiveOptions = {}, queueSeconds?: number): Promise<Poll> {
    const clock = this.#clock;
    const seconds = queueSeconds ?? options.WaitTimeSeconds ?? pollSeconds;
    const wait = queueSeconds === undefined ? { WaitTimeSeconds: seconds } : {};
    const deadlineMs = clock.nowMs() + seconds * 1000;
    const caller = new AbortController();
    const answer = this.receive({ ...options, ...wait }, caller.signal);
    const poll = { deadlineMs };
    this.#polls.add(poll);
    answer.finally(() => this.#polls.delete(poll)).catch(() => undefined);
    const alike = () => [...this.#polls].filter((each) => each.deadlineMs === deadlineMs).length;
    const stillWaits = async () => {
      const parked = clock.untilDueAt(deadlineMs, (timers) => timers >= alike());
      await Promise.race([parked, failWhenAnswered(answer)]);
    };
    await stillWaits();
    return {
      answer,
      stillWaits,
      hangUp: async () => {
        caller.abort();
        await assert.rejects(answer, { name: "AbortError" });
        await clock.untilDueAt(deadlineMs, (timers) => timers <= alike());
      },
    };
  }

  delete(handle?: string) {
    return this.#client.deleteMessage({ QueueUrl: this.url, ReceiptHandle: handle });
  }

  changeVisibility(handle?: string, seconds?: number) {
    return this.#client.changeMessageVisibility({
      QueueUrl: this.url,
      ReceiptHandle: handle,
      VisibilityTimeout: seconds,
    });
  }

  set(attributes: Partial<Record<QueueAttributeName, string>>) {
    return this.#client.setQueueAttributes({ QueueUrl: this.url, Attributes: attributes });
  }

  async attributes(...names: QueueAttributeName[]) {
    const { Attributes = {} } = await this.#client.getQueueAttributes({
      QueueUrl: this.url,
      AttributeNames: names,
    });
    return Attributes;
  }

  async counts(): Promise<Counts> {
    const attributes = await this.attributes(
      "ApproximateNumberOfMessages",
      "ApproximateNumberOfMessagesNotVisible",
      "ApproximateNumberOfMessagesDelayed",
    );
    return {
      available: Number(attributes.ApproximateNumberOfMessages),
      inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(attributes.ApproximateNumberOfMessagesDelayed),
    };
  }

  purge() {
    return this.#client.purgeQueue({ QueueUrl: this.url });
  }

  deleteQueue() {
    return this.#client.deleteQueue({ QueueUrl: this.url });
  }
}

/** A message, with the members that every receive gives. */
export interface Received extends Message {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
}

/** The one message of an answer. */
export function theOne(messages: readonly Message[]): Received {
  assert.equal(messages.length, 1, `expected one message, got ${messages.length}`);
  const [{ MessageId, ReceiptHandle, Body, ...others } = {}] = messages;
  assert(MessageId !== undefined && ReceiptHandle !== undefined && Body !== undefined);
  return { MessageId, ReceiptHandle, Body, ...others };
}

/** Receives what there is so many times, each time letting it go at once. */
export async function receiveTimes(queue: TestQueue, times: number): Promise<void> {
  for (let receives = 0; receives < times; receives += 1) {
    const messages = await queue.receiveAll({ VisibilityTimeout: 0 });
    assert.notEqual(messages.length, 0, "expected messages, got none");
  }
}

/** The bodies of messages, in order. */
export function bodiesOf(messages: readonly Message[]): readonly (string | undefined)[] {
  return messages.map(({ Body }) => Body);
}

async function failWhenAnswered(answer: Promise<readonly Message[]>): Promise<never> {
  const messages = await answer;
  throw new Error(`expected the receive to wait, it answered with ${messages.length} messages`);
}

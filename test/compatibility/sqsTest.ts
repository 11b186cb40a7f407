import type { QueueAttributeName, SQS } from "@aws-sdk/client-sqs";
import { expect, type TaskMeta, test } from "vitest";
import type { Table } from "#table/table.ts";
import { startMillraceServer } from "../support/millraceServer.ts";
import { type Protocol, sqsClient } from "../support/sqsClient.ts";
import { StoppedClock } from "../support/stoppedClock.ts";
import { type ActionCalls, actionCalls } from "./actionCalls.ts";
import { type MovedClock, TestQueue } from "./testQueue.ts";

export type Attributes = Partial<Record<QueueAttributeName, string>>;

type SqsOptions = Pick<
  Sqs,
  "origin" | "account" | "clock" | "protocol" | "startAnother" | "stop"
> & {
  /** Defaults to the account. */
  readonly senderId?: string;
  /** Where it is written down which actions the client calls. */
  readonly calls: ActionCalls | undefined;
};

/** What a test is given: a client of a server of its own, with an account and a clock of its own. */
export class Sqs {
  readonly client: SQS;
  readonly clock: MovedClock;
  readonly origin: string;
  readonly account: string;
  /** What messages say of who has sent them. */
  readonly senderId: string;
  readonly protocol: Protocol;
  /** Starts a server beside this one: same table, same account, same time. */
  readonly startAnother: () => Promise<Sqs>;
  /** Lets the running calls end, as a server does that is told to stop. */
  readonly stop: () => Promise<void>;
  #queues = 0;

  constructor(options: SqsOptions) {
    const { origin, account, clock, protocol, startAnother, stop, calls } = options;
    this.startAnother = startAnother;
    this.stop = stop;
    this.client = sqsClient(origin, protocol);
    calls?.watch(this.client);
    this.clock = clock;
    this.protocol = protocol;
    this.origin = origin;
    this.account = account;
    this.senderId = options.senderId ?? account;
  }

  /** Makes a queue; of a name that is free, if none is given. */
  async createQueue(attributes: Attributes = {}, name?: string): Promise<TestQueue> {
    this.#queues += 1;
    const { QueueUrl = "" } = await this.client.createQueue({
      QueueName: name ?? `queue-${this.#queues}`,
      Attributes: attributes,
    });
    return this.queueAt(QueueUrl);
  }

  /** Makes a queue whose messages go to another after so many receives. */
  async createSourceOf(
    target: TestQueue,
    maxReceiveCount: number,
    attributes: Attributes = {},
  ): Promise<TestQueue> {
    const policy = { deadLetterTargetArn: target.arn, maxReceiveCount };
    return await this.createQueue({ ...attributes, RedrivePolicy: JSON.stringify(policy) });
  }

  /** The queue at a URL, whether or not there is one. */
  queueAt(url: string): TestQueue {
    return new TestQueue(this.client, this.clock, url);
  }

  /** The ARN of a queue of this account, whether or not there is one. */
  arnOf(name: string): string {
    return `arn:aws:sqs:us-east-1:${this.account}:${name}`;
  }

  /** Moves the time of the server. */
  advanceSeconds(seconds: number): void {
    this.clock.advance(seconds * 1000);
  }
}

export interface SqsTestOptions {
  /** The table's name, for the list of the actions that were called over it; without it, none is kept. */
  readonly name?: string;
  readonly table: () => Table;
  /** Why the table cannot be had here, if it cannot. */
  readonly missing: string | undefined;
  /** Defaults to JSON. */
  readonly protocol?: Protocol;
}

const firstAccount = 100_000_000_000;
let accounts = 0;

/** `it`, with a server for each test, in this process and over a table. */
export function sqsTest({ name, table, missing, protocol = "JSON" }: SqsTestOptions): SqsTest {
  const start: StartSqs = async ({ isRelaxed, meta, onCleanup }) => {
    const calls = name === undefined ? undefined : actionCalls(meta, `${protocol} on ${name}`);
    accounts += 1;
    const account = String(firstAccount + accounts);
    const clock = new StoppedClock();
    const cleanups: (() => Promise<void>)[] = [];
    onCleanup(async () => {
      for (const cleanUp of cleanups) await cleanUp();
    });
    const startOne = async (): Promise<Sqs> => {
      const server = await startMillraceServer({ table: table(), clock, account, isRelaxed });
      const { origin, faults, close: stop } = server;
      const sqs = new Sqs({
        origin,
        account,
        clock,
        protocol,
        calls,
        startAnother: startOne,
        stop,
      });
      cleanups.push(async () => {
        sqs.client.destroy();
        await stop();
        expect(faults).toEqual([]);
      });
      return sqs;
    };
    return await startOne();
  };
  return sqsTestBy(start, () => missing);
}

/** Starts what a test talks to. What is handed to `onCleanup` is awaited when the test has ended. */
export type StartSqs = (given: {
  readonly isRelaxed: boolean;
  readonly meta: TaskMeta;
  readonly onCleanup: (stop: () => Promise<void>) => void;
}) => Promise<Sqs>;

/**
 * `it`, with a server for each test: `sqs`, or `relaxed`, which lets a caller purge and recreate
 * queues at any time. No request of a test may end in an internal error. A test is skipped if there is
 * a reason to, given its whole name.
 */
export function sqsTestBy(start: StartSqs, whyNot: (name: string) => string | undefined) {
  return test
    .extend("sqs", async ({ skip, task }, { onCleanup }) => {
      const reason = whyNot(task.fullTestName);
      skip(reason !== undefined, reason);
      return await start({ isRelaxed: false, meta: task.meta, onCleanup });
    })
    .extend("relaxed", async ({ skip, task }, { onCleanup }) => {
      const reason = whyNot(task.fullTestName);
      skip(reason !== undefined, reason);
      return await start({ isRelaxed: true, meta: task.meta, onCleanup });
    });
}

export type SqsTest = ReturnType<typeof sqsTestBy>;

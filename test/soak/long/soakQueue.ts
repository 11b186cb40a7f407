import { setTimeout as sleep } from "node:timers/promises";
import { HttpConnection } from "../../../bench/httpConnection.ts";
import { ask } from "../../../bench/httpQueue.ts";
import type { SoakDelivery, SoakLedger } from "./soakLedger.ts";
import type { SoakMeter } from "./soakMeter.ts";

/** What every worker of a soak shares. */
export interface SoakWorld {
  readonly origin: string;
  readonly ledger: SoakLedger;
  readonly meter: SoakMeter;
  /** Producers stop then, by the clock of `performance`. */
  readonly sendUntilMs: number;
  /** A backlog is as high as it will be. */
  atHighTide(): Promise<void>;
  /** Whether there may still be something to receive. */
  mayReceive(): boolean;
}

interface WireMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

export interface SoakEntry {
  readonly body: string;
  readonly groupId?: string;
  readonly delaySeconds?: number;
}

const idleMsMax = 30_000;

/** One connection of one worker to one queue. Whatever is not answered 200 rejects, and ends the soak. */
export class SoakQueue {
  #connection: HttpConnection;
  #usedMs = performance.now();
  readonly #url: string;
  readonly #world: SoakWorld;

  private constructor(connection: HttpConnection, url: string, world: SoakWorld) {
    this.#connection = connection;
    this.#url = url;
    this.#world = world;
  }

  static async open(world: SoakWorld, name: string): Promise<SoakQueue> {
    const connection = await HttpConnection.open(world.origin);
    const Attributes = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
    const input = { QueueName: name, Attributes };
    const { QueueUrl } = await ask<{ QueueUrl: string }>(connection, "CreateQueue", input);
    return new SoakQueue(connection, QueueUrl, world);
  }

  async send(entries: readonly SoakEntry[]): Promise<void> {
    await this.#timed("send", "SendMessageBatch", {
      Entries: entries.map(({ body, groupId, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: body,
        ...(groupId !== undefined && {
          MessageGroupId: groupId,
          MessageDeduplicationId: body.slice(0, 40),
        }),
        ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
      })),
    });
  }

  async receive(options: {
    readonly most: number;
    readonly waitSeconds: number;
    readonly visibilityTimeoutSeconds: number;
  }): Promise<readonly SoakDelivery[]> {
    const startedMs = performance.now();
    const { Messages = [] } = await this.#ask<{ Messages?: readonly WireMessage[] }>(
      "ReceiveMessage",
      {
        MaxNumberOfMessages: options.most,
        WaitTimeSeconds: options.waitSeconds,
        VisibilityTimeout: options.visibilityTimeoutSeconds,
        MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId"],
      },
    );
    const deliveries = Messages.map(
      ({ MessageId, ReceiptHandle, Body, Attributes }): SoakDelivery => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        receiveCount: Number(Attributes?.["ApproximateReceiveCount"]),
        groupId: Attributes?.["MessageGroupId"],
      }),
    );
    const times = {
      startedMs,
      endedMs: performance.now(),
      visibilityTimeoutMs: options.visibilityTimeoutSeconds * 1000,
    };
    const { ledger, meter } = this.#world;
    for (const ms of ledger.received(deliveries, times)) meter.note("arrival", ms);
    return deliveries;
  }

  async change({ body, receiptHandle }: SoakDelivery, VisibilityTimeout: number): Promise<void> {
    this.#world.ledger.hides(body, performance.now() + VisibilityTimeout * 1000);
    await this.#timed("change", "ChangeMessageVisibility", {
      ReceiptHandle: receiptHandle,
      VisibilityTimeout,
    });
  }

  async delete(deliveries: readonly SoakDelivery[]): Promise<void> {
    const { ledger } = this.#world;
    const [first] = deliveries;
    if (first === undefined) return;
    for (const { body } of deliveries) ledger.deletes(body);
    if (deliveries.length === 1) {
      await this.#timed("delete", "DeleteMessage", { ReceiptHandle: first.receiptHandle });
    } else {
      const Entries = deliveries.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      await this.#timed("delete", "DeleteMessageBatch", { Entries });
    }
    for (const { body } of deliveries) ledger.hasDeleted(body);
  }

  /** Deletes the queue itself. */
  async end(): Promise<void> {
    await this.#ask("DeleteQueue", {});
    this.close();
  }

  close(): void {
    this.#connection.close();
  }

  async #timed(kind: "send" | "change" | "delete", action: string, input: object): Promise<void> {
    const startedMs = performance.now();
    await this.#ask(action, input);
    this.#world.meter.note(kind, performance.now() - startedMs);
  }

  async #ask<Answer extends object>(action: string, input: object): Promise<Answer> {
    const answer = await ask<Answer & { readonly Failed?: readonly unknown[] }>(
      await this.#connected(),
      action,
      { QueueUrl: this.#url, ...input },
    );
    if ((answer.Failed ?? []).length > 0) {
      throw new Error(`a part of ${action} failed: ${JSON.stringify(answer.Failed)}`);
    }
    this.#usedMs = performance.now();
    this.#world.meter.call();
    return answer;
  }

  /** The server closes a connection that is idle for more than a minute. */
  async #connected(): Promise<HttpConnection> {
    if (performance.now() - this.#usedMs > idleMsMax) {
      this.#connection.close();
      this.#connection = await HttpConnection.open(this.#world.origin);
    }
    return this.#connection;
  }
}

/** Does something at a steady pace until a time; what takes longer is not made up for. */
export async function atPace(
  everyMs: number,
  untilMs: number,
  work: (turn: number) => Promise<void>,
): Promise<void> {
  for (let turn = 0; performance.now() < untilMs; turn += 1) {
    const dueMs = performance.now() + everyMs;
    await work(turn);
    await sleep(Math.max(0, Math.min(dueMs, untilMs) - performance.now()));
  }
}

/** Does something so many times at a steady pace, or as fast as it can be done. */
export async function inTurns(
  turns: number,
  everyMs: number,
  work: () => Promise<void>,
): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    const dueMs = performance.now() + everyMs;
    await work();
    await sleep(Math.max(0, dueMs - performance.now()));
  }
}

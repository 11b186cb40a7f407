import type { Message, SQS } from "@aws-sdk/client-sqs";

export interface LedgerQueue {
  readonly client: SQS;
  readonly QueueUrl: string;
  /** How many message groups; none for a standard queue. */
  readonly groups: number | undefined;
}

interface Receive {
  readonly body: string;
  readonly messageId: string;
  readonly group: string | undefined;
  readonly beganMs: number;
}

const batchSize = 5;

/**
 * What clients were told, while the service was dying under them, and what does not fit together:
 * a message that was sent and never received, one that was received after its deletion was
 * confirmed, and in a FIFO queue one that came out of order or was stored twice.
 */
export class CrashLedger {
  /** Bodies whose sending was confirmed, which may be after they were received and deleted. */
  readonly #sent = new Set<string>();
  readonly #deleted = new Set<string>();
  /** When the deletion of a message was confirmed. */
  readonly #deletedMs = new Map<string, number>();
  readonly #receives: Receive[] = [];

  /** How many messages were confirmed. */
  get sent(): number {
    return this.#sent.size;
  }

  /** Sends and consumes, and writes down what is said of it. */
  on(queue: LedgerQueue): {
    readonly send: (sender: number, batch: number) => Promise<void>;
    readonly consume: () => Promise<void>;
  } {
    return {
      send: (sender, batch) => this.#send(queue, sender, batch),
      consume: () => this.#consume(queue),
    };
  }

  /** Messages that were confirmed and not yet seen to be deleted. */
  owed(): readonly string[] {
    return [...this.#sent].filter((body) => !this.#deleted.has(body));
  }

  /** Every promise that was broken. */
  broken(): readonly string[] {
    return [...this.#receivedAfterDeletion(), ...this.#storedTwice(), ...this.#outOfOrder()];
  }

  async #send({ client, QueueUrl, groups }: LedgerQueue, sender: number, batch: number) {
    const bodies = Array.from(
      { length: batchSize },
      (_, place) => `${sender}.${String(batch * batchSize + place).padStart(4, "0")}`,
    );
    const { Successful = [] } = await client.sendMessageBatch({
      QueueUrl,
      Entries: bodies.map((body, place) => ({
        Id: `${place}`,
        MessageBody: body,
        ...(groups !== undefined && {
          MessageGroupId: `${sender}.${place % groups}`,
          MessageDeduplicationId: body,
        }),
      })),
    });
    for (const { Id } of Successful) this.#sent.add(bodies[Number(Id)] ?? "");
  }

  async #consume({ client, QueueUrl }: LedgerQueue): Promise<void> {
    const beganMs = performance.now();
    const { Messages = [] } = await client.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ["MessageGroupId"],
    });
    for (const message of Messages) this.#receives.push(receiveOf(message, beganMs));
    if (Messages.length === 0) return;
    const { Successful = [] } = await client.deleteMessageBatch({
      QueueUrl,
      Entries: Messages.map(({ ReceiptHandle }, place) => ({ Id: `${place}`, ReceiptHandle })),
    });
    for (const { Id } of Successful) {
      const { Body = "", MessageId = "" } = Messages[Number(Id)] ?? {};
      this.#deletedMs.set(MessageId, performance.now());
      this.#deleted.add(Body);
    }
  }

  #receivedAfterDeletion(): readonly string[] {
    return this.#receives
      .filter(({ messageId, beganMs }) => beganMs > (this.#deletedMs.get(messageId) ?? Infinity))
      .map(({ body }) => `${body} was received after it was deleted`);
  }

  /** A client that sends again after a lost answer may store a message twice, but not in a group. */
  #storedTwice(): readonly string[] {
    const ids = Map.groupBy(
      this.#receives.filter(({ group }) => group !== undefined),
      ({ body }) => body,
    );
    return [...ids]
      .filter(([, receives]) => new Set(receives.map(({ messageId }) => messageId)).size > 1)
      .map(([body]) => `${body} was stored twice`);
  }

  #outOfOrder(): readonly string[] {
    const groups = Map.groupBy(this.#receives, ({ group }) => group);
    groups.delete(undefined);
    return [...groups].flatMap(([group, receives]) => {
      const first = [...new Set(receives.map(({ body }) => body))];
      return first.join() === first.toSorted().join()
        ? []
        : [`group ${group} came as ${first.join(" ")}`];
    });
  }
}

function receiveOf({ Body, MessageId, Attributes }: Message, beganMs: number): Receive {
  return {
    body: Body ?? "",
    messageId: MessageId ?? "",
    group: Attributes?.MessageGroupId,
    beganMs,
  };
}

import type { Output } from "#contract/operations.ts";
import type { Held, Receive } from "./ledger.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";
import type { World } from "./world.ts";

const visibilitySecondsMax = 5;
const delaySecondsMax = 3;
/** Faults, and what a client meets whose queue was deleted and made anew. */
const expected =
  /was lost|refuses more work|in contention|not available|does not exist|not valid for this queue/;

/** Calls one process, one action after another, whatever comes to its mind. */
export class StandardClient {
  readonly #world: World;
  readonly #process: SimulatedProcess;
  readonly #queues: readonly string[];
  readonly #held: Held[] = [];

  constructor(world: World, process: SimulatedProcess, queues: readonly string[]) {
    this.#world = world;
    this.#process = process;
    this.#queues = queues;
  }

  /** Goes on until that time, or until the process dies. */
  async roam(untilMs: number): Promise<void> {
    const { clock, random } = this.#world;
    while (clock.nowMs() < untilMs) {
      await this.#dare(this.#any());
      await this.#world.pause(random.below(400));
    }
  }

  /** Receives and deletes until that time. */
  async drain(queue: string, untilMs: number): Promise<void> {
    const { clock } = this.#world;
    while (clock.nowMs() < untilMs) {
      await this.#receive({ queue, most: 10, waitSeconds: 5 });
      await this.#delete(queue, this.#held.splice(0, 10));
    }
  }

  /** A fault is an answer like others here. What it leaves behind is for the ledger to judge. */
  async #dare(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!expected.test(error.message)) throw error;
      this.#world.note(`failed: ${error.message.slice(-60)}`);
    }
  }

  #any(): () => Promise<void> {
    const { random } = this.#world;
    const queue = random.oneIn(6) ? random.pick(this.#queues) : this.#queues[0];
    if (queue === undefined) throw new Error("expected a queue");
    switch (random.below(9)) {
      case 0:
      case 1:
        return () => this.#send(queue);
      case 2:
        return () => this.#sendBatch(queue);
      case 3:
      case 4:
      case 5:
        return () =>
          this.#receive({
            queue,
            most: random.oneIn(2) ? 1 : 10,
            waitSeconds: random.oneIn(3) ? random.below(5) : 0,
            timeoutSeconds: random.below(visibilitySecondsMax),
          });
      case 6:
        return () => this.#delete(queue, this.#some(queue, 1));
      case 7:
        return () => this.#delete(queue, this.#some(queue, 10));
      default:
        return () => this.#changeVisibility(queue, this.#some(queue, 3));
    }
  }

  #some(queue: string, most: number): readonly Held[] {
    const { random } = this.#world;
    const mine = this.#held.filter((held) => held.queue === queue);
    return mine.filter(() => random.oneIn(2)).slice(0, most);
  }

  async #send(queue: string): Promise<void> {
    const { ledger, random } = this.#world;
    const message = this.#message();
    ledger.asksToSend(message.MessageBody, this.#world.clock.nowMs());
    const output = await this.#process.engine.operate(
      "SendMessage",
      { QueueUrl: queue, ...message, DelaySeconds: random.oneIn(3) ? this.#delay() : 0 },
      this.#process.caller(),
    );
    this.#noteSent(message.MessageBody, output.MessageId);
  }

  async #sendBatch(queue: string): Promise<void> {
    const { ledger, random } = this.#world;
    const isDelayed = random.oneIn(3);
    const entries = Array.from({ length: 1 + random.below(5) }, (_, index) => ({
      Id: `${index}`,
      DelaySeconds: isDelayed && random.oneIn(2) ? this.#delay() : 0,
      ...this.#message(),
    }));
    for (const { MessageBody } of entries)
      ledger.asksToSend(MessageBody, this.#world.clock.nowMs());
    const output = await this.#process.engine.operate(
      "SendMessageBatch",
      { QueueUrl: queue, Entries: entries },
      this.#process.caller(),
    );
    for (const { Id, MessageId } of output.Successful ?? []) {
      this.#noteSent(entries[Number(Id)]?.MessageBody ?? "", MessageId);
    }
  }

  #noteSent(body: string, id = ""): void {
    const { ledger, watch } = this.#world;
    ledger.hasSent(body, id);
    this.#world.note(`sent ${body.slice(0, 8)} : ${id}`);
    if (!watch.hasSeen(id)) ledger.violations.push(`${id} was acknowledged and not stored`);
  }

  #message() {
    const { random, hasGroups } = this.#world;
    const size = random.pick([4, 4, 4, 4, 40, 600, 6000]) ?? 4;
    return {
      MessageBody: `${random.hex(8)} ${random.hex(size)}`,
      ...(hasGroups && random.oneIn(5) && { MessageGroupId: `group-${random.below(3)}` }),
    };
  }

  #delay(): number {
    return this.#world.random.below(delaySecondsMax + 1);
  }

  async #receive(receive: {
    readonly queue: string;
    readonly most: number;
    readonly waitSeconds: number;
    readonly timeoutSeconds?: number;
  }): Promise<void> {
    const { ledger, clock, random } = this.#world;
    const hangUp = new AbortController();
    if (random.oneIn(6)) clock.after(random.below(60), () => hangUp.abort());
    const asked = ledger.asksToReceive(receive.queue, clock.nowMs());
    const output = await this.#process.engine.operate(
      "ReceiveMessage",
      {
        QueueUrl: receive.queue,
        MaxNumberOfMessages: receive.most,
        WaitTimeSeconds: receive.waitSeconds,
        MessageSystemAttributeNames: ["All"],
        ...(receive.timeoutSeconds !== undefined && { VisibilityTimeout: receive.timeoutSeconds }),
      },
      this.#process.caller(hangUp.signal),
    );
    this.#noteReceived(output, asked, hangUp.signal.aborted);
  }

  #noteReceived(
    { Messages: messages = [] }: Output<"ReceiveMessage">,
    asked: Receive,
    hasHungUp: boolean,
  ): void {
    const { ledger } = this.#world;
    const held = messages.map((message) => ledger.hasReceived(message, asked));
    if (held.length > 0) this.#world.note(`received ${held.map(({ id }) => id)}`);
    if (hasHungUp && held.length > 0) ledger.violations.push("one who hung up was handed messages");
    this.#held.push(...held);
  }

  async #delete(queue: string, held: readonly Held[]): Promise<void> {
    if (held.length === 0) return;
    const { ledger, clock } = this.#world;
    for (const { id } of held) ledger.asksToDelete(id);
    const process = this.#processForHandles();
    const { Successful: deleted = [] } = await process.engine.operate(
      "DeleteMessageBatch",
      {
        QueueUrl: queue,
        Entries: held.map(({ handle }, index) => ({ Id: `${index}`, ReceiptHandle: handle })),
      },
      process.caller(),
    );
    this.#world.note(`deleted ${deleted.map(({ Id }) => held[Number(Id)]?.id)}`);
    for (const { Id } of deleted) {
      const id = held[Number(Id)]?.id ?? "";
      ledger.hasDeleted(id, clock.nowMs(), this.#whereabouts(id, queue));
    }
  }

  /** Handles are good at any process, and mostly go to the one that gave them. */
  #processForHandles(): SimulatedProcess {
    return this.#world.random.oneIn(4) ? this.#world.process() : this.#process;
  }

  #whereabouts(id: string, queue: string): "nowhere" | "here" | "elsewhere" {
    const { watch } = this.#world;
    // What a purge took may be on its way to the dead-letter queue, by who had not heard of it.
    if (watch.isReplaced(id) || watch.purgedAtMs(id) !== undefined) return "elsewhere";
    const queueId = watch.queueOf(id);
    if (queueId === undefined) return "nowhere";
    return queueId === this.#world.knownQueues.idAt(queue) ? "here" : "elsewhere";
  }

  async #changeVisibility(queue: string, held: readonly Held[]): Promise<void> {
    if (held.length === 0) return;
    const { random } = this.#world;
    await this.#process.engine.operate(
      "ChangeMessageVisibilityBatch",
      {
        QueueUrl: queue,
        Entries: held.map(({ handle }, index) => ({
          Id: `${index}`,
          ReceiptHandle: handle,
          VisibilityTimeout: random.oneIn(2) ? 0 : random.below(visibilitySecondsMax),
        })),
      },
      this.#process.caller(),
    );
  }
}

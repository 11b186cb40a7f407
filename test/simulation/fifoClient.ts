import { SqsError } from "#contract/errors.ts";
import type { ActionName, Input, Output } from "#contract/operations.ts";
import type { HeldLetter, Letter } from "./fifoLedger.ts";
import type { FifoWorld } from "./fifoWorld.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";

const visibilitySecondsMax = 5;
/** Faults, and what a client meets whose queue was deleted and made anew. */
const expected =
  /was lost|refuses more work|in contention|not available|has expired|not retryable|does not exist|not valid for this queue/;

export interface FifoClientOptions {
  readonly world: FifoWorld;
  readonly name: string;
  /** The source queue first. */
  readonly queues: readonly string[];
  readonly groups: readonly string[];
}

/** Talks to any process, one action after another, whatever comes to its mind. */
export class FifoClient {
  readonly #world: FifoWorld;
  readonly #name: string;
  readonly #queues: readonly string[];
  readonly #groups: readonly string[];
  readonly #sent: Letter[] = [];
  readonly #held: HeldLetter[] = [];
  #numbers = 0;

  constructor({ world, name, queues, groups }: FifoClientOptions) {
    this.#world = world;
    this.#name = name;
    this.#queues = queues;
    this.#groups = groups;
  }

  /** Goes on until that time. */
  async roam(untilMs: number): Promise<void> {
    const { clock, random } = this.#world;
    while (clock.nowMs() < untilMs) {
      await this.#any(untilMs);
      await this.#world.pause(random.below(this.#world.isHasty ? 30 : 300));
    }
  }

  /** Receives and deletes until all is over. */
  async drain(queue: string, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#dare(() => this.#receive({ queue, most: 10, waitSeconds: 2 }));
      await this.#dare(() => this.#delete(queue, this.#held.splice(0, 10)));
    }
  }

  /** Whether it came to an end without a fault. What a fault leaves behind is for others to judge. */
  async #dare(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof Error) || !expected.test(error.message)) throw error;
      this.#world.note(`${this.#name} failed: ${error.message.slice(-60)}`);
      return false;
    }
  }

  async #any(untilMs: number): Promise<void> {
    const { random, isHasty, watch } = this.#world;
    const queue = random.oneIn(5) ? random.pick(this.#queues) : this.#queues[0];
    if (queue === undefined) throw new Error("expected a queue");
    // Whoever is in a hurry sends little and deletes what he has: groups are emptied and made anew.
    const isEnough = isHasty && watch.live.length > this.#groups.length;
    if (isHasty && random.oneIn(2)) {
      await this.#dare(() => this.#delete(queue, this.#some(queue, 1 + random.below(3))));
      return;
    }
    switch (isEnough ? 4 + random.below(6) : random.below(10)) {
      case 0:
      case 1:
        return await this.#insist([this.#letter()], untilMs);
      case 2:
        if (isHasty) return await this.#insist([this.#letter()], untilMs);
        return await this.#insist(this.#letters(), untilMs);
      case 3:
        return await this.#repeat(this.#repeatable());
      case 4:
      case 5:
      case 6:
        return await this.#receiveSomehow(queue);
      case 7:
        await this.#dare(() => this.#delete(queue, this.#some(queue, 10)));
        return;
      case 8:
        await this.#dare(() => this.#deleteOne(queue));
        return;
      default:
        await this.#dare(() => this.#changeVisibility(queue, this.#some(queue, 3)));
    }
  }

  /** Sends until it is acknowledged, as a client must who wants it stored once. */
  async #insist(letters: readonly Letter[], untilMs: number): Promise<void> {
    const { clock, random, ledger } = this.#world;
    while (!(await this.#dare(() => this.#send(letters)))) {
      ledger.hasNoAnswer(letters);
      // Gives up near the end; what became of it nobody is told.
      if (clock.nowMs() > untilMs) return;
      await this.#world.pause(random.below(100));
    }
    this.#sent.push(...letters);
  }

  /** Sends once more, and may never learn what became of it. */
  async #repeat(letters: readonly Letter[]): Promise<void> {
    const { ledger } = this.#world;
    if (!(await this.#dare(() => this.#send(letters)))) ledger.losesTrackOf(letters);
  }

  #letter(): Letter {
    const { random } = this.#world;
    this.#numbers += 1;
    const deduplicationId = `${this.#name}-${this.#numbers}`;
    const size = random.pick([4, 4, 4, 40, 120, 600]) ?? 4;
    return {
      deduplicationId,
      groupId: random.pick(this.#groups) ?? "g",
      body: `${deduplicationId} ${random.hex(size)}`,
      sender: this.#name,
    };
  }

  /** A batch, in which one letter may be twice. */
  #letters(): readonly Letter[] {
    const { random } = this.#world;
    const letters = Array.from({ length: 1 + random.below(9) }, () => this.#letter());
    const [first] = letters;
    return first !== undefined && random.oneIn(4) ? [...letters, first] : letters;
  }

  /** Something that was sent before, perhaps with another beside it that is new. */
  #repeatable(): readonly Letter[] {
    const old = this.#world.random.pick(this.#sent);
    return old === undefined ? [] : [old];
  }

  async #send(letters: readonly Letter[]): Promise<void> {
    const [first] = letters;
    const [queue = ""] = this.#queues;
    if (first === undefined) return;
    const { ledger, clock } = this.#world;
    const askedAtMs = clock.nowMs();
    for (const letter of letters) ledger.asksToSend(letter);
    if (letters.length === 1) {
      const output = await this.#ask("SendMessage", { QueueUrl: queue, ...messageOf(first) });
      this.#noteSent(first, output, askedAtMs);
      return;
    }
    const entries = letters.map((letter, index) => ({ Id: `${index}`, ...messageOf(letter) }));
    const input = { QueueUrl: queue, Entries: entries };
    const { Successful = [] } = await this.#ask("SendMessageBatch", input);
    for (const { Id, ...output } of Successful) {
      const letter = letters[Number(Id)];
      if (letter !== undefined) this.#noteSent(letter, output, askedAtMs);
    }
  }

  #noteSent(
    letter: Letter,
    output: { readonly MessageId?: string; readonly SequenceNumber?: string },
    askedAtMs: number,
  ): void {
    const { ledger, watch, clock } = this.#world;
    const { MessageId: id = "", SequenceNumber = "" } = output;
    ledger.hasSent(letter, id, { askedAtMs, nowMs: clock.nowMs() });
    watch.hasSequence(id, Number(SequenceNumber.slice(1)));
    this.#world.note(`${this.#name} sent ${letter.deduplicationId} to ${letter.groupId}: ${id}`);
    if (!watch.hasSeen(id)) ledger.violations.push(`${id} was acknowledged and not stored`);
  }

  #some(queue: string, most: number): readonly HeldLetter[] {
    const { random } = this.#world;
    const mine = this.#held.filter((held) => held.queue === queue);
    return mine.filter(() => random.oneIn(2)).slice(-most);
  }

  async #receiveSomehow(queue: string): Promise<void> {
    const { random, isHasty } = this.#world;
    const attemptId = random.oneIn(4) ? `${this.#name}-${random.hex(4)}` : undefined;
    const receive = {
      queue,
      most: random.oneIn(2) ? 1 : 10,
      waitSeconds: random.oneIn(3) ? random.below(isHasty ? 2 : 5) : 0,
      timeoutSeconds: random.below(isHasty ? 2 : visibilitySecondsMax),
      ...(attemptId !== undefined && { attemptId }),
    };
    const isAnswered = await this.#dare(() => this.#receive(receive));
    // Who has lost an answer may ask for it again.
    if (!isAnswered && attemptId !== undefined) await this.#dare(() => this.#receive(receive));
  }

  async #receive(receive: {
    readonly queue: string;
    readonly most: number;
    readonly waitSeconds: number;
    readonly timeoutSeconds?: number;
    readonly attemptId?: string;
  }): Promise<void> {
    const { clock, random } = this.#world;
    const hangUp = new AbortController();
    const mayHangUp = receive.attemptId === undefined && random.oneIn(6);
    if (mayHangUp) clock.after(random.below(60), () => hangUp.abort());
    const asked = { queue: receive.queue, beganAtMs: clock.nowMs() };
    const output = await this.#ask(
      "ReceiveMessage",
      {
        QueueUrl: receive.queue,
        MaxNumberOfMessages: receive.most,
        WaitTimeSeconds: receive.waitSeconds,
        MessageSystemAttributeNames: ["All"],
        ...(receive.timeoutSeconds !== undefined && { VisibilityTimeout: receive.timeoutSeconds }),
        ...(receive.attemptId !== undefined && { ReceiveRequestAttemptId: receive.attemptId }),
      },
      { signal: hangUp.signal, waitMs: receive.waitSeconds * 1000 },
    );
    this.#noteReceived(output, asked, mayHangUp && hangUp.signal.aborted);
  }

  #noteReceived(
    { Messages: messages = [] }: Output<"ReceiveMessage">,
    asked: { readonly queue: string; readonly beganAtMs: number },
    hasHungUp: boolean,
  ): void {
    const { ledger, watch } = this.#world;
    const isLiveIn = (id: string, queue: string) =>
      watch.queueOf(id) === this.#world.knownQueues.idAt(queue);
    const held = messages.map((message) => ledger.hasReceived(message, asked, isLiveIn));
    if (held.length > 0) {
      const names = messages.map(({ Body = "" }) => Body.split(" ")[0]);
      this.#world.note(`${this.#name} received ${names} from ${asked.queue.slice(-9)}`);
    }
    if (hasHungUp && held.length > 0) ledger.violations.push("one who hung up was handed messages");
    this.#held.push(...held);
  }

  /** Most who have asked for a deletion do not ask again. */
  #letGo(held: readonly HeldLetter[]): void {
    if (this.#world.random.oneIn(4)) return;
    const kept = this.#held.filter((each) => !held.includes(each));
    this.#held.splice(0, this.#held.length, ...kept);
  }

  async #deleteOne(queue: string): Promise<void> {
    const { ledger, clock } = this.#world;
    const [held] = this.#some(queue, 1);
    if (held === undefined) return;
    this.#letGo([held]);
    ledger.asksToDelete(held.id);
    try {
      await this.#ask("DeleteMessage", { QueueUrl: queue, ReceiptHandle: held.handle });
      ledger.hasDeleted(held.id, clock.nowMs(), this.#whereabouts(held.id, queue));
    } catch (error) {
      if (error instanceof SqsError) ledger.hasNotDeleted(held.id);
      throw error;
    }
  }

  async #delete(queue: string, held: readonly HeldLetter[]): Promise<void> {
    if (held.length === 0) return;
    const { ledger, clock } = this.#world;
    this.#letGo(held);
    for (const { id } of held) ledger.asksToDelete(id);
    const { Successful = [], Failed = [] } = await this.#ask("DeleteMessageBatch", {
      QueueUrl: queue,
      Entries: held.map(({ handle }, index) => ({ Id: `${index}`, ReceiptHandle: handle })),
    });
    for (const { Id } of Successful) {
      const id = held[Number(Id)]?.id ?? "";
      ledger.hasDeleted(id, clock.nowMs(), this.#whereabouts(id, queue));
    }
    for (const { Id } of Failed) ledger.hasNotDeleted(held[Number(Id)]?.id ?? "");
    this.#world.note(`${this.#name} deleted ${Successful.length}, not ${Failed.length}`);
  }

  #whereabouts(id: string, queue: string): "nowhere" | "here" | "elsewhere" {
    const { watch } = this.#world;
    // What a purge took may be on its way to the dead-letter queue, by who had not heard of it.
    if (watch.isReplaced(id) || watch.purgedAtMs(id) !== undefined) return "elsewhere";
    const queueId = watch.queueOf(id);
    if (queueId === undefined) return "nowhere";
    return queueId === this.#world.knownQueues.idAt(queue) ? "here" : "elsewhere";
  }

  async #changeVisibility(queue: string, held: readonly HeldLetter[]): Promise<void> {
    if (held.length === 0) return;
    const { random } = this.#world;
    await this.#ask("ChangeMessageVisibilityBatch", {
      QueueUrl: queue,
      Entries: held.map(({ handle }, index) => ({
        Id: `${index}`,
        ReceiptHandle: handle,
        VisibilityTimeout: random.oneIn(2) ? 0 : random.below(visibilitySecondsMax),
      })),
    });
  }

  async #ask<Action extends ActionName>(
    action: Action,
    input: Input<Action>,
    { signal = new AbortController().signal, waitMs = 0 } = {},
  ): Promise<Output<Action>> {
    const process: SimulatedProcess = this.#world.process();
    const call = process.engine.operate(action, input, process.caller(signal));
    return await this.#world.answer(call, waitMs);
  }
}

function messageOf({ body, groupId, deduplicationId }: Letter) {
  return {
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
  };
}

import { onTestFinished } from "vitest";
import type { Input, Output } from "#contract/operations.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { EngineEvent } from "#engine/engineEvent.ts";
import type { SweepReport } from "#engine/sweep/sweepReport.ts";
import type { TableTraits } from "#table/table.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { type Fate, FaultyTable, type TableCall } from "../../support/faultyTable.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

export type Message = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/** The nature of a table that belongs to one process. */
export const ownTable: Partial<TableTraits> = {
  billedBytes: undefined,
  expiryIsFree: false,
  isShared: false,
};

interface QueueOptions {
  readonly traits?: Partial<TableTraits>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly name?: string;
}

/** Fates that calls will meet, each once, the first of its kind. */
export class Fates {
  readonly #planned: { readonly kind: TableCall["kind"]; readonly fate: Fate }[] = [];
  readonly calls: TableCall[] = [];

  next(kind: TableCall["kind"], fate: Fate): void {
    this.#planned.push({ kind, fate });
  }

  readonly take = (call: TableCall): Fate => {
    this.calls.push(call);
    const place = this.#planned.findIndex(({ kind }) => kind === call.kind);
    return place < 0 ? {} : (this.#planned.splice(place, 1)[0]?.fate ?? {});
  };

  count(kind: TableCall["kind"]): number {
    return this.calls.filter((call) => call.kind === kind).length;
  }
}

/** A process that serves queues of a table, and what one wants of it in a test. */
export class TestProcess {
  readonly table: MemoryTable;
  readonly clock: FakeClock;
  readonly fates = new Fates();
  readonly events: EngineEvent[] = [];
  readonly #engine;
  readonly #seed: number;

  constructor(table: MemoryTable, clock: FakeClock, seed = 1) {
    this.table = table;
    this.clock = clock;
    this.#seed = seed;
    this.#engine = createEngine({
      table: new FaultyTable(table, this.fates.take),
      clock,
      random: new SeededRandom(seed),
      isRelaxed: true,
      report: (event) => this.events.push(event),
    });
    onTestFinished(() => this.#engine.close());
  }

  /** Another process over the same table, with the same time and a memory of its own. */
  another(seed = this.#seed + 1): TestProcess {
    return new TestProcess(this.table, this.clock, seed);
  }

  async create(name: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    const input = { QueueName: name, Attributes: new Map(Object.entries(attributes)) };
    const { QueueUrl = "" } = await this.#engine.operate("CreateQueue", input, aCaller());
    return QueueUrl;
  }

  async send(url: string, ...bodies: readonly string[]): Promise<readonly string[]> {
    return await this.sendAfter(url, 0, ...bodies);
  }

  async sendAfter(
    url: string,
    delaySeconds: number,
    ...bodies: readonly string[]
  ): Promise<readonly string[]> {
    return await this.sendEach(
      url,
      bodies.map((body) => ({ body, delaySeconds })),
    );
  }

  /** Sends a message of a message group. */
  async sendOfGroup(url: string, group: string, ...bodies: readonly string[]): Promise<void> {
    for (const body of bodies) await this.#sendOfGroup(url, group, body);
  }

  async #sendOfGroup(url: string, group: string, body: string): Promise<void> {
    const isFifo = url.endsWith(".fifo");
    const input = {
      QueueUrl: url,
      MessageBody: body,
      MessageGroupId: group,
      ...(isFifo && { MessageDeduplicationId: `${group}-${body.split(" ")[0]}` }),
    };
    await this.#engine.operate("SendMessage", input, aCaller());
  }

  /** Sends in one call, and answers the message ids. */
  async sendEach(
    url: string,
    messages: readonly { readonly body: string; readonly delaySeconds: number }[],
  ): Promise<readonly string[]> {
    const entries = messages.map(({ body, delaySeconds }, index) => ({
      Id: `${index}`,
      MessageBody: body,
      DelaySeconds: delaySeconds,
    }));
    const input = { QueueUrl: url, Entries: entries };
    const output = await this.#engine.operate("SendMessageBatch", input, aCaller());
    return (output.Successful ?? []).map(({ MessageId = "" }) => MessageId);
  }

  async receive(
    url: string,
    options: Omit<Input<"ReceiveMessage">, "QueueUrl"> & { readonly signal?: AbortSignal } = {},
  ): Promise<readonly Message[]> {
    const { signal, ...input } = options;
    const { Messages = [] } = await this.#engine.operate(
      "ReceiveMessage",
      { QueueUrl: url, MessageSystemAttributeNames: ["All"], MaxNumberOfMessages: 10, ...input },
      aCaller(signal === undefined ? {} : { signal }),
    );
    return Messages;
  }

  async remove(url: string, ...messages: readonly Message[]): Promise<void> {
    const entries = messages.map(({ ReceiptHandle = "" }, index) => ({
      Id: `${index}`,
      ReceiptHandle,
    }));
    const input = { QueueUrl: url, Entries: entries };
    await this.#engine.operate("DeleteMessageBatch", input, aCaller());
  }

  async change(url: string, message: Message | undefined, timeoutSeconds: number): Promise<void> {
    const { ReceiptHandle = "" } = message ?? {};
    const input = { QueueUrl: url, ReceiptHandle, VisibilityTimeout: timeoutSeconds };
    await this.#engine.operate("ChangeMessageVisibility", input, aCaller());
  }

  async operate(action: "PurgeQueue" | "DeleteQueue", url: string): Promise<void> {
    await this.#engine.operate(action, { QueueUrl: url }, aCaller());
  }

  async set(url: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    const input = { QueueUrl: url, Attributes: new Map(Object.entries(attributes)) };
    await this.#engine.operate("SetQueueAttributes", input, aCaller());
  }

  /** One run of the sweep, which may take a minute unless told otherwise. */
  async sweep({ forMs = 60_000, itemsMax = 100_000 } = {}): Promise<SweepReport> {
    const untilMs = this.clock.nowMs() + forMs;
    return await this.#engine.sweep({ account: aCaller().account, untilMs, itemsMax });
  }

  /** Available, in flight and delayed. */
  async counts(url: string): Promise<readonly (number | undefined)[]> {
    const input = { QueueUrl: url, AttributeNames: ["All"] };
    const { Attributes: all } = await this.#engine.operate("GetQueueAttributes", input, aCaller());
    return ["", "NotVisible", "Delayed"].map((suffix) =>
      Number(all?.get(`ApproximateNumberOfMessages${suffix}`)),
    );
  }
}

/** A process with one queue. */
export async function aQueue({ traits = {}, attributes = {}, name = "queue" }: QueueOptions = {}) {
  const clock = new FakeClock();
  const table = new MemoryTable({ traits });
  const process = new TestProcess(table, clock);
  return { process, clock, table, url: await process.create(name, attributes) };
}

export function bodiesOf(messages: readonly Message[]): readonly (string | undefined)[] {
  return messages.map(({ Body }) => Body);
}

/** How often each was received, as the receive says. */
export function countsOf(messages: readonly Message[]): readonly number[] {
  return messages.map(({ Attributes }) => Number(Attributes?.get("ApproximateReceiveCount")));
}

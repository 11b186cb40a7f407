import type { ActionName, Input, Output } from "#contract/operations.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import type { EngineEvent } from "#engine/engineEvent.ts";
import { type Table, ttlAttribute } from "#table/table.ts";
import { aCaller } from "../../../support/engineCaller.ts";
import { FakeClock } from "../../../support/fakeClock.ts";
import { type Fate, FaultyTable, type TableCall } from "../../../support/faultyTable.ts";
import { MemoryTable } from "../../../support/memoryTable.ts";
import { SeededRandom } from "../../../support/seededRandom.ts";

export type TaskResult = NonNullable<Output<"ListMessageMoveTasks">["Results"]>[number];
export type Message = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/**
 * `cloud`: a table that many processes share, billed by size, where what has expired vanishes.
 * `box`: a table that one process has alone, and where what is not needed must be deleted.
 */
export type Nature = "cloud" | "box";

const natures = {
  cloud: {},
  box: { billedBytes: undefined, expiryIsFree: false, isShared: false },
} as const;

const account = "111122223333";

/** A process: an engine that can die at any call that it makes of the table. */
export interface Process {
  readonly engine: Engine;
  readonly events: readonly EngineEvent[];
  /** From now on it sends nothing more, and hears of nothing. */
  die(): void;
}

/** A table, a clock and the processes over it, with queues to move messages between. */
export class MoveWorld {
  readonly clock = new FakeClock({ turns: 2 });
  readonly table: MemoryTable;
  readonly account = account;
  readonly isFifo: boolean;
  #processes = 0;
  #sent = 0;
  #process: Process | undefined;

  readonly #resumesMoveTasks: boolean;

  constructor(nature: Nature, { isFifo = false, resumesMoveTasks = true } = {}) {
    this.#resumesMoveTasks = resumesMoveTasks;
    this.table = new MemoryTable({ traits: natures[nature] });
    this.isFifo = isFifo;
  }

  /** The process that calls go to. */
  get process(): Process {
    this.#process ??= this.start();
    return this.#process;
  }

  /** Starts a process; calls go to it from now on. */
  start(fateOf: (call: TableCall) => Fate = () => ({})): Process {
    this.#processes += 1;
    let isAlive = true;
    const table: Table = new FaultyTable(this.table, (call) =>
      isAlive ? withLife(fateOf(call), () => isAlive) : { before: never },
    );
    const events: EngineEvent[] = [];
    const { clock } = this;
    const engine = createEngine({
      table,
      clock: {
        nowMs: () => clock.nowMs(),
        after: (delayMs, run) => clock.after(delayMs, () => isAlive && run()),
      },
      random: new SeededRandom(this.#processes),
      isRelaxed: true,
      resumesMoveTasks: this.#resumesMoveTasks,
      report: (event) => events.push(event),
    });
    const die = () => {
      isAlive = false;
    };
    this.#process = { engine, events, die };
    return this.#process;
  }

  async call<Action extends ActionName>(
    action: Action,
    input: Input<Action>,
    process = this.process,
  ): Promise<Output<Action>> {
    return await process.engine.operate(action, input, aCaller({ account }));
  }

  arnOf(name: string): string {
    return `arn:aws:sqs:us-east-1:${account}:${this.named(name)}`;
  }

  named(name: string): string {
    return this.isFifo ? `${name}.fifo` : name;
  }

  async createQueue(name: string, attributes: Record<string, string> = {}): Promise<void> {
    const all = { ...(this.isFifo && { FifoQueue: "true" }), ...attributes };
    await this.call("CreateQueue", {
      QueueName: this.named(name),
      Attributes: new Map(Object.entries(all)),
    });
  }

  /** A dead-letter queue, and queues whose messages go there after one receive. */
  async createQueues(...sources: readonly string[]): Promise<void> {
    await this.createQueue("dead");
    const policy = { deadLetterTargetArn: this.arnOf("dead"), maxReceiveCount: 1 };
    for (const name of sources) {
      await this.createQueue(name, { RedrivePolicy: JSON.stringify(policy) });
    }
  }

  async send(name: string, body: string, groupId = "g"): Promise<void> {
    this.#sent += 1;
    const fifo = { MessageGroupId: groupId, MessageDeduplicationId: `${this.#sent}` };
    const input = { QueueUrl: this.named(name), MessageBody: body, ...(this.isFifo && fifo) };
    await this.call("SendMessage", input);
  }

  /** Receives a message at once after it was received: so it goes to the dead-letter queue. */
  async fail(name: string, body: string, groupId = "g"): Promise<void> {
    await this.send(name, body, groupId);
    await this.receive(name, { VisibilityTimeout: 0 });
    await this.receive(name);
  }

  async receive(
    name: string,
    options: Partial<Input<"ReceiveMessage">> = {},
  ): Promise<readonly Message[]> {
    const { Messages = [] } = await this.call("ReceiveMessage", {
      QueueUrl: this.named(name),
      MessageSystemAttributeNames: ["All"],
      MaxNumberOfMessages: 10,
      ...options,
    });
    return Messages;
  }

  /** Receives all that is visible in a queue and deletes it; answers the bodies in that order. */
  async drain(name: string): Promise<readonly string[]> {
    const bodies: string[] = [];
    for (;;) {
      const messages = await this.receive(name);
      if (messages.length === 0) return bodies;
      for (const { Body = "", ReceiptHandle = "" } of messages) {
        bodies.push(Body);
        await this.call("DeleteMessage", { QueueUrl: this.named(name), ReceiptHandle });
      }
    }
  }

  async startTask(options: Partial<Input<"StartMessageMoveTask">> = {}): Promise<string> {
    const input = { SourceArn: this.arnOf("dead"), ...options };
    const { TaskHandle = "" } = await this.call("StartMessageMoveTask", input);
    return TaskHandle;
  }

  async tasks(most = 10): Promise<readonly TaskResult[]> {
    const input = { SourceArn: this.arnOf("dead"), MaxResults: most };
    const { Results = [] } = await this.call("ListMessageMoveTasks", input);
    return Results;
  }

  /** The latest task. */
  async task(): Promise<TaskResult> {
    const [task] = await this.tasks(1);
    if (task === undefined) throw new Error("expected a task");
    return task;
  }

  /** Does what a table does with items that have expired, which may take it a while. */
  async dropExpired(): Promise<void> {
    const nowSeconds = this.clock.nowMs() / 1000;
    for (const { pk, sk, [ttlAttribute]: untilSeconds = Infinity } of [...this.table.items()]) {
      if (Number(untilSeconds) > nowSeconds) continue;
      await this.table.write({ kind: "delete", key: { pk, sk }, when: [] });
    }
  }

  /** Lets everything happen that waits for no time. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  /** Lets time pass until the latest task has ended, and answers it. */
  async taskEnd(secondsMax = 600): Promise<TaskResult> {
    for (let seconds = 0; seconds < secondsMax; seconds += 1) {
      const task = await this.task();
      if (!["RUNNING", "CANCELLING"].includes(task.Status ?? "")) return task;
      await this.clock.advance(1000);
    }
    throw new Error("expected the task to end");
  }
}

/** What was asked of the table may be done, but one who died meanwhile is not answered. */
function withLife(fate: Fate, isAlive: () => boolean): Fate {
  return {
    ...fate,
    after: async () => {
      await fate.after?.();
      if (!isAlive()) await never();
    },
  };
}

async function never(): Promise<void> {
  await new Promise(() => undefined);
}

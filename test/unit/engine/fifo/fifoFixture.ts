import type { ActionName, Input, Output } from "#contract/operations.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import type { Entry, EntryFacts } from "#engine/fifo/entry.ts";
import type { Queue } from "#engine/queue.ts";
import { defaultSettings, type QueueSettings } from "#engine/queueSettings.ts";
import type { Slot } from "#engine/slot.ts";
import type { Table } from "#table/table.ts";
import { SeededRandom } from "../../../support/seededRandom.ts";

export const nowMs = 1_767_225_600_000;
const account = "111122223333";

/** A FIFO queue of these settings. */
export function aFifoQueue(settings: Partial<QueueSettings> = {}): Queue {
  return {
    account,
    name: "queue.fifo",
    region: "test",
    id: "abc",
    epoch: 0,
    lanes: 1,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    settings: { ...defaultSettings(true), ...settings },
    tags: new Map(),
  };
}

/** A message of a group, sent just now unless the facts say otherwise. */
export function anEntry(
  number: number,
  { slot = { kind: "fresh" }, ...facts }: Partial<EntryFacts> & { readonly slot?: Slot } = {},
): Entry {
  const sequence = nowMs * 1000 + number;
  return {
    number,
    facts: { sequence, sentAtMs: nowMs, idDigits: "0123456789abcdef", ...facts },
    contents: { kind: "inline", payload: Buffer.from(`message ${number}`) },
    slot,
  };
}

/** A slot of a message that is in flight until then. */
export function inFlightUntil(visibleAtMs: number, token = "deadbe"): Slot {
  return { kind: "received", token, visibleAtMs, firstReceivedAtMs: nowMs, receiveCount: 1 };
}

/** An engine of its own over a table that others may use, and one FIFO queue of it. */
export class FifoProcess {
  readonly engine: Engine;
  #nowMs: number;
  #url = "";

  constructor(table: Table, { seed = 1, startMs = nowMs } = {}) {
    this.#nowMs = startMs;
    this.engine = createEngine({
      table,
      clock: { nowMs: () => this.#nowMs, after: () => () => undefined },
      random: new SeededRandom(seed),
      isRelaxed: true,
    });
  }

  /** Makes the queue, or finds it. */
  async open(attributes: Readonly<Record<string, string>> = {}): Promise<this> {
    const given = { FifoQueue: "true", ContentBasedDeduplication: "true", ...attributes };
    const { QueueUrl = "" } = await this.ask("CreateQueue", {
      QueueName: "queue.fifo",
      Attributes: new Map(Object.entries(given)),
    });
    this.#url = QueueUrl;
    return this;
  }

  /** Lets time pass, for this process alone. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }

  ask<Action extends ActionName>(action: Action, input: Input<Action>): Promise<Output<Action>> {
    const { signal } = new AbortController();
    const caller = { account, region: "test", origin: "http://test", senderId: account, signal };
    return this.engine.operate(action, input, caller);
  }

  async send(group: string, ...bodies: readonly string[]): Promise<void> {
    for (const body of bodies) {
      await this.ask("SendMessage", {
        QueueUrl: this.#url,
        MessageBody: body,
        MessageGroupId: group,
      });
    }
  }

  async receive(most = 10, timeoutSeconds = 30) {
    const { Messages = [] } = await this.ask("ReceiveMessage", {
      QueueUrl: this.#url,
      MaxNumberOfMessages: most,
      VisibilityTimeout: timeoutSeconds,
    });
    return Messages;
  }

  async receiveBodies(most = 10, timeoutSeconds = 30): Promise<readonly (string | undefined)[]> {
    return (await this.receive(most, timeoutSeconds)).map(({ Body }) => Body);
  }

  async delete(handle?: string): Promise<void> {
    await this.ask("DeleteMessage", { QueueUrl: this.#url, ReceiptHandle: handle ?? "" });
  }
}

import { SqsError } from "#contract/errors.ts";
import { recreateWaitSeconds } from "#contract/limits.ts";
import { isFifoName, queueArn, queueUrl } from "#contract/names.ts";
import type { Input } from "#contract/operations.ts";
import { createEngine, type EngineOptions } from "#engine/createEngine.ts";
import type { Caller, Engine } from "#engine/engine.ts";
import { defaultSettings, describeSettings } from "#engine/queueSettings.ts";
import { QueueStore } from "#engine/queueStore.ts";
import type { Log } from "./log.ts";
import { isSameOwner, ownerIn, ownerTags, type QueueOwner } from "./queueOwner.ts";

/** A queue as somebody declares it. What is not declared has its default. */
export interface DeclaredQueue {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly owner: QueueOwner;
  /** Where callers reach it: the origin of its URL. */
  readonly endpoint: string;
}

/** Where a queue is found. */
export interface QueuePlace {
  readonly url: string;
  readonly arn: string;
}

export interface DeclaredQueuesOptions extends Omit<EngineOptions, "report"> {
  /** Twelve digits: whose queues they are. */
  readonly account: string;
  readonly region: string;
  readonly log: Log;
}

/** SQS's rule of 60 seconds between the end of a queue and the next of its name, and some to spare. */
const waitMs = 5000;
const waitsMax = (recreateWaitSeconds * 1000) / waitMs + 1;

/** Makes true what is declared of queues, however often it is asked to. */
export class DeclaredQueues {
  readonly #engine: Engine;
  readonly #store: QueueStore;
  readonly #options: DeclaredQueuesOptions;

  constructor(options: DeclaredQueuesOptions) {
    this.#options = options;
    this.#store = new QueueStore(options.table, options.clock, options.random);
    this.#engine = createEngine({
      ...options,
      report: ({ event, ...fields }) => options.log.warn(event, fields),
    });
  }

  /**
   * Makes a queue, which remembers its owner. One that is there already is refused, unless it has the
   * same owner, attributes and tags, or, where `takesOver`, is changed to what is declared.
   */
  async make(
    queue: DeclaredQueue,
    { takesOver, signal }: { readonly takesOver: boolean; readonly signal: AbortSignal },
  ): Promise<QueuePlace> {
    const { name, attributes } = queue;
    try {
      // The owner is among the tags, so that a queue of another is not the same.
      await this.#create({ QueueName: name, Attributes: attributes, tags: allTags(queue) }, signal);
    } catch (error) {
      const isThere = error instanceof SqsError && error.error === "QueueNameExists";
      if (!isThere) throw error;
      if (!takesOver) throw (await this.#whyNotOwn(queue)) ?? error;
      return await this.#change({ queue, before: queue, tags: allTags(queue), signal });
    }
    return this.#placeOf(queue);
  }

  /**
   * Changes a queue from one declaration to another. Makes it if it is gone. Its owner stays: another
   * that has taken it over since goes on to own it.
   */
  async change(
    queue: DeclaredQueue,
    before: DeclaredQueue,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<QueuePlace> {
    return await this.#change({ queue, before, tags: ownTags(queue), signal });
  }

  async #change({ queue, before, tags, signal }: Change): Promise<QueuePlace> {
    const caller = this.#caller(signal);
    const QueueUrl = queue.name;
    const attributes = changedAttributes(queue, before);
    const untagged = [...ownTags(before).keys()].filter((key) => !tags.has(key));
    try {
      if (attributes.size > 0) {
        const input = { QueueUrl, Attributes: attributes };
        await this.#engine.operate("SetQueueAttributes", input, caller);
      }
      if (untagged.length > 0) {
        await this.#engine.operate("UntagQueue", { QueueUrl, TagKeys: untagged }, caller);
      }
      if (tags.size > 0) {
        await this.#engine.operate("TagQueue", { QueueUrl, Tags: tags }, caller);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
      return await this.make(queue, { takesOver: false, signal });
    }
    return this.#placeOf(queue);
  }

  /**
   * Deletes a queue of this owner with all its messages. One of anybody else stays; one that is gone
   * already is fine.
   */
  async drop(
    name: string,
    { owner, signal }: { readonly owner: QueueOwner; readonly signal: AbortSignal },
  ): Promise<void> {
    if (!isSameOwner(await this.#ownerOf(name), owner)) {
      this.#options.log.warn("resource.queue.kept", { queue: name, resource: owner.logicalId });
      return;
    }
    try {
      await this.#engine.operate("DeleteQueue", { QueueUrl: name }, this.#caller(signal));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** Waits for a name to be free again that a queue has had until just now. */
  async #create(input: Input<"CreateQueue">, signal: AbortSignal): Promise<void> {
    for (let waits = 0; ; waits += 1) {
      try {
        await this.#engine.operate("CreateQueue", input, this.#caller(signal));
        return;
      } catch (error) {
        if (!isBlocked(error) || waits === waitsMax || signal.aborted) throw error;
      }
      await new Promise<void>((resolve) => this.#options.clock.after(waitMs, resolve));
    }
  }

  async #whyNotOwn({ name, owner }: DeclaredQueue): Promise<Error | undefined> {
    const other = await this.#ownerOf(name);
    if (isSameOwner(other, owner)) return undefined;
    const whose = other === undefined ? "of no stack" : `of ${other.logicalId} in ${other.stackId}`;
    return new Error(
      `expected a new queue, which may be deleted with its stack, but ${name} already exists, ${whose}`,
    );
  }

  /** As the table has it now: another process may have just taken the queue over. */
  async #ownerOf(name: string): Promise<QueueOwner | undefined> {
    const queue = await this.#store.findNow(this.#options.account, name);
    return queue === undefined ? undefined : ownerIn(queue.tags);
  }

  #placeOf({ name, endpoint }: DeclaredQueue): QueuePlace {
    const { account, region } = this.#options;
    return { url: queueUrl(endpoint, account, name), arn: queueArn({ region, account, name }) };
  }

  #caller(signal: AbortSignal): Caller {
    const { account, region } = this.#options;
    // Nobody sees the URLs that the engine answers with: a queue's own is made of its endpoint.
    return { account, region, origin: "", senderId: account, signal };
  }
}

/** From one declaration to another, with the tags that it shall have. */
interface Change {
  readonly queue: DeclaredQueue;
  readonly before: DeclaredQueue;
  readonly tags: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

function allTags({ tags, owner }: DeclaredQueue): ReadonlyMap<string, string> {
  return new Map([...tags, ...ownerTags(owner)]);
}

/** What is declared of tags, but for those of the owner, which no declaration changes. */
function ownTags({ tags, owner }: DeclaredQueue): ReadonlyMap<string, string> {
  const kept = ownerTags(owner);
  return new Map([...tags].filter(([key]) => !kept.has(key)));
}

/** What is declared now, and the defaults of what no longer is. A queue never changes its type. */
function changedAttributes(queue: DeclaredQueue, before: DeclaredQueue): Map<string, string> {
  const defaults = new Map(describeSettings(defaultSettings(isFifoName(queue.name))));
  const dropped = [...before.attributes.keys()]
    .filter((name) => !queue.attributes.has(name))
    .map((name) => [name, defaults.get(name) ?? ""] as const);
  const changed = new Map([...dropped, ...queue.attributes]);
  changed.delete("FifoQueue");
  return changed;
}

function isBlocked(error: unknown): boolean {
  return error instanceof SqsError && error.error === "QueueDeletedRecently";
}

function isGone(error: unknown): boolean {
  return error instanceof SqsError && error.error === "QueueDoesNotExist";
}

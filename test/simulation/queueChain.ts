import { account, type SimulatedProcess } from "./simulatedProcess.ts";
import { maxReceiveCount, type SimulatedWorld } from "./simulatedWorld.ts";

/** Each but the last has the one before as its dead-letter queue. */
const links = ["last", "dead", "source"] as const;

export type Link = (typeof links)[number];

/** A world with a watch that knows which message is in which queue. */
type ChainWorld = Pick<SimulatedWorld, "process" | "note" | "knownQueues"> & {
  readonly ledger: { readonly violations: string[] };
  readonly watch: {
    readonly live: Iterable<string>;
    queueOf(id: string): string | undefined;
  };
};

export interface QueueChainOptions {
  readonly isFifo: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

const refused =
  /was lost|refuses more work|not available|already a task|must be configured|created with|just deleted|exist/i;

/** The queues of a world, and what may happen to a queue as a whole. */
export class QueueChain {
  readonly #world: ChainWorld;
  readonly #options: QueueChainOptions;

  constructor(world: ChainWorld, options: QueueChainOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Makes the queues. Answers their URLs, the source first. */
  async create(process: SimulatedProcess): Promise<readonly string[]> {
    const urls: string[] = [];
    for (const link of links) urls.unshift(await this.#create(process, link));
    return urls;
  }

  urlOf(link: Link): string {
    return `http://test/${account}/${this.#nameOf(link)}`;
  }

  /** Somebody purges a queue, if nothing comes in the way. */
  async purge(url: string): Promise<void> {
    const process = this.#world.process();
    this.#world.note(`a purge of queue ${url.slice(-6)}`);
    await this.#endAll(url, async () => {
      await process.engine.operate("PurgeQueue", { QueueUrl: url }, process.caller());
    });
  }

  /** Somebody deletes a queue, and makes it again at once. Either may fail: see `makeMissing`. */
  async recreate(link: Link): Promise<void> {
    this.#world.note(`the queue ${link} is deleted`);
    const [deleter, maker] = [this.#world.process(), this.#world.process()];
    const url = this.urlOf(link);
    await this.#endAll(url, async () => {
      await deleter.engine.operate("DeleteQueue", { QueueUrl: url }, deleter.caller());
    });
    await dare(this.#create(maker, link));
  }

  /** Makes the queues that were deleted and are not there again, once nothing fails any more. */
  async makeMissing(): Promise<void> {
    for (const link of links) await this.#create(this.#world.process(), link);
  }

  /** Somebody has the messages of the dead-letter queue go back to where they came from. */
  async moveBack(): Promise<void> {
    const process = this.#world.process();
    this.#world.note("a move task of the queue dead begins");
    const input = { SourceArn: this.#arnOf("dead") };
    await dare(process.engine.operate("StartMessageMoveTask", input, process.caller()));
  }

  async #create(process: SimulatedProcess, link: Link): Promise<string> {
    const { isFifo, attributes } = this.#options;
    const target = links[links.indexOf(link) - 1];
    const deadLetterTargetArn = target === undefined ? undefined : this.#arnOf(target);
    const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
    const { QueueUrl: url = "" } = await process.engine.operate(
      "CreateQueue",
      {
        QueueName: this.#nameOf(link),
        Attributes: new Map([
          ["VisibilityTimeout", "3"],
          ...(isFifo ? ([["FifoQueue", "true"]] as const) : []),
          ...attributes,
          ...(target === undefined ? [] : ([["RedrivePolicy", policy]] as const)),
        ]),
      },
      process.caller(),
    );
    return url;
  }

  /** Does what is to end all messages of a queue. None that was there is there once it is answered. */
  async #endAll(url: string, end: () => Promise<void>): Promise<void> {
    const { watch, ledger, knownQueues } = this.#world;
    const queueId = knownQueues.idAt(url);
    const isThere = (id: string) => queueId !== undefined && watch.queueOf(id) === queueId;
    const before = [...watch.live].filter(isThere);
    await dare(
      end().then(() => {
        const left = before.filter(isThere);
        ledger.violations.push(...left.map((id) => `${id} was there when its queue was emptied`));
      }),
    );
  }

  #nameOf(link: Link): string {
    return this.#options.isFifo ? `${link}.fifo` : link;
  }

  #arnOf(link: Link): string {
    return `arn:aws:sqs:test:${account}:${this.#nameOf(link)}`;
  }
}

async function dare(action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!refused.test(String(error))) throw error;
  }
}

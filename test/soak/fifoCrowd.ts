import { setTimeout as sleep } from "node:timers/promises";
import { SQS, SQSServiceException } from "@aws-sdk/client-sqs";
import { type Chance, oneOf, seededRandom, wholeBelow } from "../../bench/seededRandom.ts";
import { type FifoAccount, FifoLedger, type Receipt } from "./fifoLedger.ts";

export interface CrowdOptions {
  /** Where the servers of one table listen; producers and consumers are dealt out over them. */
  readonly origins: readonly string[];
  readonly producers: number;
  readonly consumers: number;
  readonly groups: number;
  readonly total: number;
  readonly seed: number;
  /** A run that takes longer has lost something. */
  readonly runMsMax: number;
}

/** What a crowd did and what became of it. */
export interface CrowdReport {
  readonly account: FifoAccount;
  /** Calls whose caller was gone before the answer, and those that were answered with a 5xx. */
  readonly lostAnswers: number;
  readonly failures: number;
  /** Messages whose consumer crashed. */
  readonly abandoned: number;
  /** Whether the queue had nothing left to give in the end. */
  readonly isEmpty: boolean;
}

interface Server {
  readonly sqs: SQS;
  readonly QueueUrl: string;
}

const visibilityTimeoutSeconds = 1;
const QueueName = "crowd.fifo";
/** One call in so many is cut off, within so long. */
const callsPerCut = 20;
const cutMsMax = 60;
/** One message in so many goes to the first group, which so is deep. */
const messagesPerDeepOne = 10;
const sendsMax = 100;
const drainsMax = 100;

/**
 * Sends, receives, deletes, hands back, keeps for longer and forgets at random, as many at once as
 * there are producers and consumers, until everything that was sent is deleted. Callers hang up in the
 * middle of calls; producers then send the same under the same deduplication ids until they are
 * answered, and consumers are gone with what they had. The clock is the real one.
 */
export async function runFifoCrowd(options: CrowdOptions): Promise<CrowdReport> {
  const { origins, producers, consumers } = options;
  const clients = origins.map((origin) => clientOf(origin, producers + consumers));
  try {
    const servers = await Promise.all(
      clients.map(async (sqs): Promise<Server> => {
        const Attributes = { FifoQueue: "true" };
        const { QueueUrl = "" } = await sqs.createQueue({ QueueName, Attributes });
        return { sqs, QueueUrl };
      }),
    );
    const crowd = new Crowd(options);
    const some = (count: number, work: (server: Server) => Promise<void>) =>
      Array.from({ length: count }, (_, index) => {
        const server = servers[index % servers.length];
        return server === undefined ? undefined : work(server);
      });
    await Promise.all([
      ...some(producers, (server) => crowd.produce(server)),
      ...some(consumers, (server) => crowd.consume(server)),
    ]);
    return await crowd.report(servers);
  } finally {
    for (const client of clients) client.destroy();
  }
}

/** A connection for everybody. It asks once: whoever repeats a call here does it himself. */
function clientOf(origin: string, maxSockets: number): SQS {
  return new SQS({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: { httpAgent: { keepAlive: true, maxSockets } },
  });
}

class Crowd {
  readonly #options: CrowdOptions;
  readonly #ledger = new FifoLedger({ visibilityTimeoutMs: visibilityTimeoutSeconds * 1000 });
  readonly #chance: Chance;
  readonly #endsAtMs: number;
  #dealt = 0;
  #answered = 0;
  #isCalm = false;
  #lostAnswers = 0;
  #failures = 0;
  #abandoned = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#chance = seededRandom(options.seed);
    this.#endsAtMs = Date.now() + options.runMsMax;
  }

  async report(servers: readonly Server[]): Promise<CrowdReport> {
    let isEmpty = true;
    for (const server of servers) isEmpty = isEmpty && (await this.#drain(server));
    return {
      account: this.#ledger.account(),
      lostAnswers: this.#lostAnswers,
      failures: this.#failures,
      abandoned: this.#abandoned,
      isEmpty,
    };
  }

  get #isOver(): boolean {
    const isDone = this.#answered === this.#options.total && this.#ledger.owed === 0;
    return isDone || Date.now() > this.#endsAtMs;
  }

  /** Deletes what is left of deletes that were cut off. Answers whether that came to an end. */
  async #drain(server: Server): Promise<boolean> {
    this.#isCalm = true;
    for (let receives = 0; receives < drainsMax; receives += 1) {
      // Longer than any timeout that is still running.
      const held = await this.#receive(server, 2 * visibilityTimeoutSeconds);
      if (held?.length === 0) return true;
      await this.#deleteAll(server, held ?? []);
    }
    return false;
  }

  /** Sends message after message, in batches of any size, and some of them once more. */
  async produce(server: Server): Promise<void> {
    while (this.#dealt < this.#options.total && !this.#isOver) {
      const count = Math.min(1 + wholeBelow(this.#chance, 10), this.#options.total - this.#dealt);
      const first = this.#dealt;
      this.#dealt += count;
      const names = Array.from({ length: count }, (_, index) => `message-${first + index}`);
      await this.#sendUntilAnswered(server, names);
      this.#answered += count;
      if (this.#oneIn(5)) await this.#send(server, names.slice(0, 3));
    }
  }

  async #sendUntilAnswered(server: Server, names: readonly string[]): Promise<void> {
    for (let sends = 0; sends < sendsMax; sends += 1) {
      if (await this.#send(server, names)) return;
    }
    throw new Error(`no answer to ${sendsMax} sends of the same messages`);
  }

  /** Answers whether there was an answer. */
  async #send({ sqs, QueueUrl }: Server, names: readonly string[]): Promise<boolean> {
    for (const name of names) this.#ledger.sends(name, this.#groupOf(name));
    const Entries = names.map((name, index) => ({
      Id: `${index}`,
      MessageBody: `${name} ${"x".repeat(wholeBelow(this.#chance, 300))}`,
      MessageGroupId: this.#groupOf(name),
      MessageDeduplicationId: name,
    }));
    const answer = await this.#ask((abortSignal) =>
      sqs.sendMessageBatch({ QueueUrl, Entries }, { abortSignal }),
    );
    if (answer === undefined) return false;
    const { Successful = [], Failed = [] } = answer;
    for (const { Id, MessageId = "", SequenceNumber = "" } of Successful) {
      const identity = { messageId: MessageId, sequence: BigInt(SequenceNumber) };
      this.#ledger.hasSent(names[Number(Id)] ?? "", identity);
    }
    if (Failed.length > 0) throw new Error(`expected no refusals, got ${JSON.stringify(Failed)}`);
    return true;
  }

  /** Always the same for a name, and uneven. */
  #groupOf(name: string): string {
    const number = Number(name.split("-")[1]);
    const { groups } = this.#options;
    return `group-${number % messagesPerDeepOne === 0 ? 0 : number % groups}`;
  }

  /** Receives, and does with it what comes to its mind. */
  async consume(server: Server): Promise<void> {
    while (!this.#isOver) {
      const held = await this.#receive(server);
      if (held !== undefined && held.length > 0) await this.#dealWith(server, held);
    }
  }

  async #dealWith(server: Server, held: readonly Receipt[]): Promise<void> {
    switch (wholeBelow(this.#chance, 12)) {
      case 0:
        // Crashes: nobody hears of these handles again.
        this.#abandoned += held.length;
        break;
      case 1:
        await this.#handBack(server, held);
        break;
      case 2:
        await this.#keep(server, held);
        await this.#deleteEach(server, held);
        break;
      case 3:
        await sleep(wholeBelow(this.#chance, 20));
        await this.#deleteEach(server, held.slice(0, 1));
        this.#abandoned += held.length - 1;
        break;
      case 4:
        // Comes too late, if somebody else has them by then.
        await sleep(visibilityTimeoutSeconds * 1000 + wholeBelow(this.#chance, 50));
        await this.#deleteEach(server, held);
        break;
      case 5:
        await this.#deleteEach(server, held);
        break;
      default:
        await this.#deleteAll(server, held);
    }
  }

  /** Answers nothing if there was no answer. */
  async #receive(
    { sqs, QueueUrl }: Server,
    WaitTimeSeconds = 1,
  ): Promise<readonly Receipt[] | undefined> {
    const call = this.#ledger.beginsReceive(Date.now());
    const answer = await this.#ask((abortSignal) =>
      sqs.receiveMessage(
        {
          QueueUrl,
          MaxNumberOfMessages: oneOf(this.#chance, [1, 3, 10]),
          VisibilityTimeout: visibilityTimeoutSeconds,
          WaitTimeSeconds,
          MessageSystemAttributeNames: ["All"],
        },
        { abortSignal },
      ),
    );
    if (answer === undefined) return undefined;
    const held = (answer.Messages ?? []).map(
      ({ Body = "", MessageId = "", ReceiptHandle = "", Attributes }): Receipt => ({
        name: Body.split(" ")[0] ?? "",
        group: Attributes?.MessageGroupId ?? "",
        messageId: MessageId,
        sequence: BigInt(Attributes?.SequenceNumber ?? 0),
        receiveCount: Number(Attributes?.ApproximateReceiveCount),
        handle: ReceiptHandle,
      }),
    );
    this.#ledger.hasReceived(call, held, Date.now());
    return held;
  }

  async #handBack({ sqs, QueueUrl }: Server, held: readonly Receipt[]): Promise<void> {
    for (const receipt of held) this.#ledger.handsBack(receipt);
    const Entries = entriesOf(held).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
    await this.#ask((abortSignal) =>
      sqs.changeMessageVisibilityBatch({ QueueUrl, Entries }, { abortSignal }),
    );
  }

  async #keep({ sqs, QueueUrl }: Server, held: readonly Receipt[]): Promise<void> {
    const askedMs = Date.now();
    const Entries = entriesOf(held).map((entry) => ({
      ...entry,
      VisibilityTimeout: visibilityTimeoutSeconds,
    }));
    const answer = await this.#ask((abortSignal) =>
      sqs.changeMessageVisibilityBatch({ QueueUrl, Entries }, { abortSignal }),
    );
    for (const { Id } of answer?.Successful ?? []) {
      const receipt = held[Number(Id)];
      if (receipt !== undefined) this.#ledger.hasKept(receipt, askedMs);
    }
  }

  async #deleteEach({ sqs, QueueUrl }: Server, held: readonly Receipt[]): Promise<void> {
    for (const receipt of held) {
      this.#ledger.asksToDelete(receipt);
      const { handle: ReceiptHandle } = receipt;
      try {
        const answer = await this.#ask((abortSignal) =>
          sqs.deleteMessage({ QueueUrl, ReceiptHandle }, { abortSignal }),
        );
        if (answer !== undefined) this.#ledger.hasDeleted(receipt);
      } catch (error) {
        // Somebody else may have it by now.
        if (!isFault(error, "client")) throw error;
        this.#ledger.hasNotDeleted(receipt);
      }
    }
  }

  async #deleteAll({ sqs, QueueUrl }: Server, held: readonly Receipt[]): Promise<void> {
    if (held.length === 0) return;
    for (const receipt of held) this.#ledger.asksToDelete(receipt);
    const Entries = entriesOf(held);
    const answer = await this.#ask((abortSignal) =>
      sqs.deleteMessageBatch({ QueueUrl, Entries }, { abortSignal }),
    );
    const { Successful = [], Failed = [] } = answer ?? {};
    for (const { Id } of Successful) withReceipt(held, Id, (each) => this.#ledger.hasDeleted(each));
    for (const { Id } of Failed) withReceipt(held, Id, (each) => this.#ledger.hasNotDeleted(each));
  }

  /** Asks, and now and then hangs up before the answer: then there is none. */
  async #ask<Answer>(call: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | undefined> {
    const cut = new AbortController();
    const isCut = !this.#isCalm && this.#oneIn(callsPerCut);
    const timer = isCut
      ? setTimeout(() => cut.abort(), wholeBelow(this.#chance, cutMsMax))
      : undefined;
    try {
      return await call(cut.signal);
    } catch (error) {
      if (cut.signal.aborted) this.#lostAnswers += 1;
      // Whoever is told that a group is too busy comes again, as a client does by itself.
      else if (isFault(error, "server")) this.#failures += 1;
      else throw error;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #oneIn(times: number): boolean {
    return wholeBelow(this.#chance, times) === 0;
  }
}

function isFault(error: unknown, of: "client" | "server"): boolean {
  return error instanceof SQSServiceException && error.$fault === of;
}

function entriesOf(held: readonly Receipt[]) {
  return held.map(({ handle: ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
}

function withReceipt(
  held: readonly Receipt[],
  id: string | undefined,
  work: (receipt: Receipt) => void,
): void {
  const receipt = held[Number(id)];
  if (receipt !== undefined) work(receipt);
}

import { describe, expect, it } from "vitest";
import { FifoWorld } from "./fifoWorld.ts";
import { QueueChain } from "./queueChain.ts";
import { maxReceiveCount } from "./simulatedWorld.ts";

/** Two processes, nothing that fails, and a message that the first has received as often as it may. */
class Story {
  readonly world = new FifoWorld({ kind: "cloud", seed: 1, isCalm: true });
  readonly #chain = new QueueChain(this.world, { isFifo: true, attributes: new Map() });
  readonly #mover = this.world.startProcess();
  id = "";

  async begin(): Promise<void> {
    await this.world.until(this.#chain.create(this.#mover));
    const letter = { deduplicationId: "a", groupId: "g", body: "a", sender: "s" };
    this.world.ledger.asksToSend(letter);
    const sent = this.#mover.engine.operate(
      "SendMessage",
      {
        QueueUrl: this.#chain.urlOf("source"),
        MessageBody: letter.body,
        MessageGroupId: letter.groupId,
        MessageDeduplicationId: letter.deduplicationId,
      },
      this.#mover.caller(),
    );
    await this.world.until(sent);
    this.id = (await sent).MessageId ?? "";
    for (let receives = 0; receives < maxReceiveCount; receives += 1) await this.receive("source");
  }

  /** By the first process, which looks at the queue whenever it has not for two seconds. */
  async receive(link: "source" | "dead"): Promise<void> {
    const input = { QueueUrl: this.#chain.urlOf(link), VisibilityTimeout: 0 };
    await this.world.until(
      this.#mover.engine.operate("ReceiveMessage", input, this.#mover.caller()),
    );
  }

  /** By the second process, of which the first does not hear. */
  async purge(link: "source" | "dead"): Promise<void> {
    const purger = this.world.startProcess();
    const input = { QueueUrl: this.#chain.urlOf(link) };
    await this.world.until(purger.engine.operate("PurgeQueue", input, purger.caller()));
  }
}

describe("the watch over FIFO queues", () => {
  it("takes a message for purged that was moved to where a purge has been", async () => {
    const story = new Story();
    await story.begin();
    await story.receive("dead");
    await story.purge("dead");

    await story.receive("source");

    const { watch } = story.world;
    expect(watch.violations).toEqual([]);
    expect(watch.counts.moves).toBe(1);
    expect(watch.isLive(story.id)).toBe(false);
    expect(watch.purgedAtMs(story.id)).toBe(watch.lastEndMs);
  });

  it("takes a message for saved that was moved from where a purge has been", async () => {
    const story = new Story();
    await story.begin();
    await story.purge("source");

    await story.receive("source");

    const { watch } = story.world;
    expect(watch.violations).toEqual([]);
    expect(watch.counts.moves).toBe(1);
    expect(watch.isLive(story.id)).toBe(true);
    expect(watch.purgedAtMs(story.id)).toBeUndefined();
    const queue = story.world.knownQueues.byId(story.world.knownQueues.idAt("source.fifo") ?? "");
    expect(queue?.epoch).toBe(1);
    expect(watch.sentTo(story.id)).toBe(`${queue?.id}.0.0`);
  });
});

import { transactMax } from "#table/table.ts";
import { GroupLocks } from "./groupLocks.ts";
import type { Outgoing } from "./outgoing.ts";

/** A group's item and an overflow page are written with the messages' deduplication ids. */
const groupWritesMax = 2;
/** Messages that go out in one write at most. */
const togetherMax = transactMax - groupWritesMax;

/**
 * The messages that this process is about to send, by group. Sends to one group go one after another:
 * they would only make each other lose. Whoever's turn comes takes along what waits behind it, so that
 * a thousand sends to one group at once take not a thousand writes but fifty. Other processes are kept
 * out by guards.
 */
export class GroupOutboxes {
  readonly #locks = new GroupLocks();
  readonly #waiting = new Map<string, Outgoing[]>();

  /** Does something to a group while no send of this process is under way to it. */
  async hold<T>(group: string, work: () => Promise<T>): Promise<T> {
    return await this.#locks.run(group, work);
  }

  /**
   * Sends messages in their order, by calls of `sendTogether` that may have messages of others in
   * them, and that settle all they are given. Answers when these messages are settled.
   */
  async send(
    group: string,
    messages: readonly Outgoing[],
    sendTogether: (some: readonly Outgoing[]) => Promise<void>,
  ): Promise<void> {
    const waiting = this.#waiting.get(group) ?? [];
    this.#waiting.set(group, waiting);
    waiting.push(...messages);
    for (const message of messages) {
      while (message.outcome === undefined) {
        await this.#locks.run(group, async () => {
          // Somebody before us may have taken it along.
          if (message.outcome === undefined) await sendSome(waiting, sendTogether);
        });
      }
    }
    if (waiting.length === 0 && this.#waiting.get(group) === waiting) this.#waiting.delete(group);
  }
}

async function sendSome(
  waiting: Outgoing[],
  sendTogether: (some: readonly Outgoing[]) => Promise<void>,
): Promise<void> {
  const some = waiting.splice(0, countTogether(waiting));
  try {
    await sendTogether(some);
  } catch (error) {
    for (const message of some) message.outcome ??= { kind: "failed", error };
  }
}

/** How many of the first may go out in one write, which has room for each deduplication id once. */
function countTogether(waiting: readonly Outgoing[]): number {
  if (waiting.length === 1) return 1;
  const ids = new Set<string>();
  for (const { idKey } of waiting) {
    if (ids.size === togetherMax || ids.has(idKey.pk)) break;
    ids.add(idKey.pk);
  }
  return ids.size;
}

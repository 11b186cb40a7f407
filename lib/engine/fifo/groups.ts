import type { Key } from "#table/table.ts";
import type { Queue } from "../queue.ts";
import type { Random } from "../random.ts";
import { groupsPartition } from "./group.ts";
import { GroupLocks } from "./groupLocks.ts";
import { GroupMemory } from "./groupMemory.ts";
import { GroupRing } from "./groupRing.ts";
import { Sequence } from "./sequence.ts";

/** Queues whose groups are remembered; the one used longest ago is forgotten first. */
const ringsMax = 10_000;

/** What this process remembers of FIFO queues. Nothing of it is needed for correctness. */
export class Groups {
  readonly memory = new GroupMemory();
  readonly locks = new GroupLocks();
  readonly sequence = new Sequence();
  readonly #random: Random;
  readonly #isShared: boolean;
  readonly #rings = new Map<string, GroupRing>();

  constructor(options: { readonly random: Random; readonly isShared: boolean }) {
    this.#random = options.random;
    this.#isShared = options.isShared;
  }

  ringOf(queue: Queue): GroupRing {
    const partition = groupsPartition(queue);
    // Processes that share a table begin at different groups, so that they seldom want the same.
    const start = this.#isShared ? this.#random.hex(2) : "";
    const ring = this.#rings.get(partition) ?? new GroupRing(start);
    this.#rings.delete(partition);
    this.#rings.set(partition, ring);
    const oldest = this.#rings.size > ringsMax ? this.#rings.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#rings.delete(oldest.value);
    return ring;
  }

  /** A group changed by other means than a send. */
  noteChange(queue: Queue, key: Key): void {
    this.memory.forget(key);
    this.ringOf(queue).hint(key.sk);
  }
}

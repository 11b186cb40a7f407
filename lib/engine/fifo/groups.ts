import { dropOldest } from "../dropOldest.ts";
import type { Queue } from "../queue.ts";
import type { Random } from "../random.ts";
import { groupsPartition } from "./group.ts";
import { GroupMemory } from "./groupMemory.ts";
import { GroupOutboxes } from "./groupOutboxes.ts";
import { GroupRing } from "./groupRing.ts";
import { SentContents } from "./sentContents.ts";
import { Sequence } from "./sequence.ts";
import { SortKeys } from "./sortKeys.ts";

/** Queues whose groups are remembered; the one used longest ago is forgotten first. */
const ringsMax = 1000;

/** What this process remembers of FIFO queues. Nothing of it is needed for correctness. */
export class Groups {
  readonly memory = new GroupMemory();
  readonly outboxes = new GroupOutboxes();
  readonly sequence = new Sequence();
  readonly sortKeys = new SortKeys();
  readonly sentContents = new SentContents();
  readonly #random: Random;
  readonly #isShared: boolean;
  readonly #rings = new Map<string, GroupRing>();
  #last: { readonly partition: string; readonly ring: GroupRing } | undefined;

  constructor(options: { readonly random: Random; readonly isShared: boolean }) {
    this.#random = options.random;
    this.#isShared = options.isShared;
  }

  ringOf(queue: Queue): GroupRing {
    const partition = groupsPartition(queue);
    // Mostly it is the one that was asked for last.
    if (this.#last?.partition === partition) return this.#last.ring;
    const ring = this.#rings.get(partition) ?? this.#newRing();
    this.#rings.delete(partition);
    this.#rings.set(partition, ring);
    dropOldest(this.#rings, ringsMax);
    this.#last = { partition, ring };
    return ring;
  }

  /** Processes that share a table begin at different groups, so that they seldom want the same. */
  #newRing(): GroupRing {
    return new GroupRing(this.#isShared ? this.#random.hex(2) : "");
  }
}

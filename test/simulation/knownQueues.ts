import { type Queue, readQueueItem } from "#engine/queue.ts";
import type { Change } from "../support/memoryTable.ts";
import { account } from "./simulatedProcess.ts";

/** The queues that there are and were, by the writes that made and changed them. */
export class KnownQueues {
  readonly #byId = new Map<string, Queue>();
  readonly #idByName = new Map<string, string>();

  observe(changes: readonly Change[]): void {
    for (const { after } of changes) {
      if (after?.pk.startsWith("queues.") !== true) continue;
      const entry = readQueueItem(after, account);
      if (entry.kind !== "live") continue;
      this.#byId.set(entry.queue.id, entry.queue);
      this.#idByName.set(entry.queue.name, entry.queue.id);
    }
  }

  /** Of those that were deleted, too. */
  byId(id: string): Queue | undefined {
    return this.#byId.get(id);
  }

  /** The id of the queue that a URL or a name leads to, or led to last. */
  idAt(url: string): string | undefined {
    return this.#idByName.get(url.split("/").at(-1) ?? "");
  }
}

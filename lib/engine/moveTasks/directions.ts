import { sqsErrors } from "#contract/errors.ts";
import { parseArn } from "#contract/names.ts";
import type { EngineContext } from "../engineContext.ts";
import { arnOf, type Queue } from "../queue.ts";
import type { MoveTask } from "./moveTask.ts";

/** Where a message goes, or why it can go nowhere. */
export type Direction =
  | { readonly kind: "queue"; readonly queue: Queue }
  | { readonly kind: "none"; readonly reason: string };

/** The reason of a task whose source or destination is gone. */
export const queueIsGone = sqsErrors.QueueDoesNotExist.queryCode;
const sourceUnknown = "CouldNotDetermineMessageSource";

/**
 * Says where the messages of one step go: to the task's destination, else each back to the queue that
 * it came from (spec section 9.4). A message that failed in the very queue it is in has no other to go
 * back to. Every queue is looked up anew, once: to move into one that is gone is to lose the message.
 */
export class Directions {
  readonly #context: EngineContext;
  readonly #task: MoveTask;
  readonly #known = new Map<string, Direction>();

  constructor(context: EngineContext, task: MoveTask) {
    this.#context = context;
    this.#task = task;
  }

  async of(cameFromArn: string | undefined): Promise<Direction> {
    const { destinationArn, sourceArn } = this.#task;
    const arn = destinationArn ?? cameFromArn;
    if (arn === undefined || arn === sourceArn) return { kind: "none", reason: sourceUnknown };
    const known = this.#known.get(arn) ?? (await this.#lookUp(arn));
    this.#known.set(arn, known);
    return known;
  }

  async #lookUp(arn: string): Promise<Direction> {
    const { queues } = this.#context;
    const name = parseArn(arn)?.resource;
    const queue = name && (await queues.findNow(this.#task.account, name));
    return queue && arnOf(queue) === arn
      ? { kind: "queue", queue }
      : { kind: "none", reason: queueIsGone };
  }
}

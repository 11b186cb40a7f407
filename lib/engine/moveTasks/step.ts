import type { Queue } from "../queue.ts";
import type { MoveTask } from "./moveTask.ts";

/** What a step of a task came to. */
export type Step =
  /** The task as it is recorded now. */
  | { readonly outcome: "moved"; readonly task: MoveTask }
  /** Somebody else got to the messages first; there may be others. */
  | { readonly outcome: "contended" }
  | { readonly outcome: "nothingLeft" }
  /** The next message has nowhere to go. */
  | { readonly outcome: "stuck"; readonly reason: string }
  /** The task is not as it was known, and nothing was done. */
  | { readonly outcome: "overtaken"; readonly task: MoveTask | undefined };

/** Moves the messages of a task's source queue, the oldest first, at most so many in a step. */
export interface Mover {
  step(task: MoveTask, source: Queue, most: number): Promise<Step>;
}

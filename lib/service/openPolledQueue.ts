import { createEngine } from "#engine/createEngine.ts";
import type { PolledQueue } from "#poll/queue.ts";
import { type EngineQueueOwner, engineQueue } from "./engineQueue.ts";
import type { QueueServiceOptions } from "./queueService.ts";

export interface PolledQueueOptions
  extends EngineQueueOwner,
    Pick<QueueServiceOptions, "table" | "clock" | "random" | "log"> {
  readonly queueName: string;
}

/** A queue that is polled with no server in between, by an engine of its own over the table. */
export function openPolledQueue(options: PolledQueueOptions): {
  readonly queue: PolledQueue;
  /** Ends what the engine still does in the background. The table stays open; it is the caller's. */
  close(): Promise<void>;
} {
  const { queueName, log } = options;
  const engine = createEngine({
    ...options,
    report: ({ event, ...fields }) => log.warn(event, fields),
  });
  return { queue: engineQueue(engine, queueName, options), close: () => engine.close() };
}

import { requestBytesMax } from "#contract/limits.ts";
import { createEngine, type EngineOptions } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { createService, type Handle, type ServiceOptions } from "./service.ts";

export type QueueServiceOptions = Omit<EngineOptions, "report"> & Omit<ServiceOptions, "engine">;

/** A service with an engine of its own: all that an entry point has to hold. */
export interface QueueService {
  readonly handle: Handle;
  /** No request that could be served has a longer body. */
  readonly requestBytesMax: number;
  /** One run of what no request does (sweepOnTimer.ts). */
  readonly sweep: Engine["sweep"];
  /** Answers every waiting receive with nothing. New receives no longer wait. */
  releaseWaiters(): void;
  /** Releases waiters and ends background work. The table stays open; it is the caller's. */
  close(): Promise<void>;
}

/** Serves the queues in a table. What the engine reports goes to the log, as a warning. */
export function createQueueService(options: QueueServiceOptions): QueueService {
  const engine = createEngine({
    ...options,
    report: ({ event, ...fields }) => options.log.warn(event, fields),
  });
  const { handle } = createService({ ...options, engine });
  const { sweep, releaseWaiters, close } = engine;
  return { handle, requestBytesMax, sweep, releaseWaiters, close };
}

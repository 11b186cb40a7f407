/** What became of one invocation. */
export type WorkerAnswer =
  /** It ended well. The payload is what it answered, as JSON; empty if that was nothing. */
  | { readonly kind: "succeeded"; readonly payload: string }
  /** It ended badly, or never began: it runs no more. */
  | { readonly kind: "failed"; readonly reason: string }
  /** It was not even tried. The worker may say how long to stay away. */
  | { readonly kind: "throttled"; readonly retryAfterMs?: number }
  /** Nobody knows: it may be running still. */
  | { readonly kind: "lost"; readonly reason: string };

/** Whoever handles the messages. */
export interface Worker {
  /**
   * Invokes it with an event, given as JSON, and answers when it is done. Ends soon after the signal
   * is aborted: as `failed` if it could stop the worker, else as `lost`.
   */
  invoke(event: string, signal: AbortSignal): Promise<WorkerAnswer>;
}

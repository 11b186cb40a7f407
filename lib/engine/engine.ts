import type { ActionName, Input, Output } from "#contract/operations.ts";
import type { SweepBounds } from "./sweep/sweepBounds.ts";
import type { SweepReport } from "./sweep/sweepReport.ts";

/** Whether a caller is still there. Every `AbortSignal` is one, and most requests need less than that. */
export interface HangUp {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Who calls, and from where. */
export interface Caller {
  /** Twelve digits: the tenant whose queues these are. */
  readonly account: string;
  readonly region: string;
  /** Scheme, host and port as the caller reached us, for queue URLs. No final slash. */
  readonly origin: string;
  /** What messages sent by this caller show as `SenderId`. */
  readonly senderId: string;
  /** The `X-Amzn-Trace-Id` header, if there was one. */
  readonly traceHeader?: string;
  /** Aborted when the caller hangs up: nothing may be handed to it from then on. */
  readonly signal: HangUp;
}

/** Every queue rule behind one call: an action name and its input give its output or an `SqsError`. */
export interface Engine {
  operate<Action extends ActionName>(
    action: Action,
    input: Input<Action>,
    caller: Caller,
  ): Promise<Output<Action>>;
  /**
   * Puts received messages back as if they had not been received: for a receiver that could not hand
   * them on. SQS has no such action. What somebody else received since is left alone.
   */
  putBack(
    input: { readonly QueueUrl?: string; readonly ReceiptHandles: readonly string[] },
    caller: Caller,
  ): Promise<void>;
  /**
   * Runs message move tasks that nobody runs any more, until they end or that time has come: for a
   * process that is there now and then.
   */
  runMoveTasks(budget: { readonly untilMs: number }): Promise<void>;
  /**
   * Does within bounds what no request does: moves messages that were received too often, runs move
   * tasks, counts, drops what is left over, and grows lanes. To be called every minute or so. Move
   * tasks may take all of the time: `onSwept` is told before that what came of the queues.
   */
  sweep(
    run: SweepBounds & {
      readonly account: string;
      readonly onSwept?: (report: SweepReport) => void;
    },
  ): Promise<SweepReport>;
  /** Answers every waiting receive with what it has: nothing. New receives no longer wait. */
  releaseWaiters(): void;
  /** Releases waiters and stops background work. The table stays open; it is the caller's. */
  close(): Promise<void>;
}

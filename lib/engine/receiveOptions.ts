import type { HangUp } from "./engine.ts";
import type { LaneLook } from "./lanePolls.ts";
import type { Selection, WireMessage } from "./receivedMessage.ts";

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly most: number;
  readonly visibilityTimeoutMs: number;
  readonly selection: Selection;
  /** Whether the receive waits for messages if there are none. */
  readonly isWaiting: boolean;
  /** What it looks at, if that is decided: see `LanePolls`. */
  readonly poll?: LaneLook | undefined;
  /** FIFO only: repeats the answer of an earlier receive (spec section 7.6). */
  readonly attemptId?: string;
  /** Aborted when the caller hangs up. */
  readonly signal: HangUp;
}

export interface Received {
  readonly messages: readonly WireMessage[];
  /** When to look again, if nobody says so before; infinity if time alone changes nothing. */
  readonly nextVisibleMs: number;
}

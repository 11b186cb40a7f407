import type { EngineContext } from "../engineContext.ts";
import type { SweepBounds } from "./sweepBounds.ts";

const itemsMaxDefault = 100_000;

/** What is left to a run of what it may do. */
export class SweepBudget {
  readonly #context: Pick<EngineContext, "clock" | "background">;
  readonly #untilMs: number;
  #itemsLeft: number;

  constructor(
    context: Pick<EngineContext, "clock" | "background">,
    { untilMs, itemsMax = itemsMaxDefault }: SweepBounds,
  ) {
    this.#context = context;
    this.#untilMs = untilMs;
    this.#itemsLeft = itemsMax;
  }

  /** So many items were read or written. */
  spend(items: number): void {
    this.#itemsLeft -= items;
  }

  /** Also when the engine is about to be closed. */
  get isSpent(): boolean {
    const { clock, background } = this.#context;
    return this.#itemsLeft <= 0 || background.isClosing || clock.nowMs() >= this.#untilMs;
  }
}

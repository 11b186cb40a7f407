import type fc from "fast-check";
import type { MovedClock } from "../compatibility/testQueue.ts";

/** Lets time pass, in a program of whatever else there is. */
export class Wait implements fc.AsyncCommand<object, { readonly clock: MovedClock }> {
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  check = () => true;

  async run(_model: object, { clock }: { readonly clock: MovedClock }): Promise<void> {
    // Never the very millisecond at which something ends.
    clock.advance(this.#seconds * 1000 + 137);
  }

  toString = () => `wait ${this.#seconds} s`;
}

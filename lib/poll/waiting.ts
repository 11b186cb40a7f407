import type { Clock, Random } from "./platform.ts";

/** Somebody rings, and whoever waits at that moment goes on. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  /** Wakes all who wait. */
  ring(): void {
    this.#rung.resolve();
    this.#rung = Promise.withResolvers<void>();
  }

  /** Resolves at the next ring. */
  next(): Promise<void> {
    return this.#rung.promise;
  }
}

/** Waits for so long, or until the signal is aborted. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end);
  });
}

/** How long to stay away after so many troubles in a row: twice as long each time, up to a bound. */
export function backoffMs(
  troubles: number,
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
  random: Random,
): number {
  const wholeMs = Math.min(maxMs, firstMs * 2 ** Math.min(troubles - 1, 30));
  return Math.ceil(wholeMs / 2 + random.below(Math.max(1, wholeMs / 2)));
}

const atOnceMax = 8;

/** Does something with each ten of a list, which is as many as a batch call takes, a few at once. */
export async function inTens<Item>(
  items: readonly Item[],
  work: (ten: readonly Item[]) => Promise<void>,
): Promise<void> {
  const tens: (readonly Item[])[] = [];
  for (let start = 0; start < items.length; start += 10) tens.push(items.slice(start, start + 10));
  const next = tens.values();
  const workers = Array.from({ length: Math.min(atOnceMax, tens.length) }, async () => {
    for (const ten of next) await work(ten);
  });
  await Promise.all(workers);
}

import { setTimeout as sleep } from "node:timers/promises";

const waitMsMax = 100_000;
const lookPauseMs = 50;

/** Waits until something is so, for as long as a busy machine may take; `what` says what, if it never is. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const untilMs = performance.now() + waitMsMax;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(`expected that ${what}, within 100 s`);
    await sleep(lookPauseMs);
  }
}

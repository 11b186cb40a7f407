import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How many of these things something still holds: what nothing holds is collected first. */
export async function stillHeld(things: readonly WeakRef<object>[]): Promise<number> {
  collectGarbage();
  // A reference holds what it refers to until the end of the turn in which it was made or asked.
  await sleep(0);
  collectGarbage();
  return things.filter((thing) => thing.deref() !== undefined).length;
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
}

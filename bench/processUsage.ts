import { readFileSync } from "node:fs";

/** What a process has used so far. */
export interface Usage {
  /** Of all its threads, in user and kernel mode. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Linux counts in hundredths of a second, whatever its own clock does. */
const tickMs = 10;
const pageBytes = 4096;

/** Reads the usage of a process on this machine from `/proc`; `undefined` where there is none. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may hold anything; what follows is numbers.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [userTicks, systemTicks, pages] = [fields[11], fields[12], fields[21]].map(Number);
    return {
      cpuMs: ((userTicks ?? 0) + (systemTicks ?? 0)) * tickMs,
      residentBytes: (pages ?? 0) * pageBytes,
    };
  } catch {
    return undefined;
  }
}

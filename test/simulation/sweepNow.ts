import { account, type SimulatedProcess } from "./simulatedProcess.ts";

/** One run of a process's sweep, which meets the same faults as requests do. */
export async function sweepNow({ engine }: SimulatedProcess, untilMs: number): Promise<void> {
  try {
    await engine.sweep({ account, untilMs });
  } catch (error) {
    if (!/was lost|refuses more work/.test(String(error))) throw error;
  }
}

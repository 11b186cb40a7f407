import { parseArgs } from "node:util";
import { reportOf } from "./report.ts";
import { isSimulation, type SimulationName, simulations } from "./simulations.ts";

/**
 * Runs seeds of one simulation or of all, and ends with an error if one found something:
 *
 *   node test/simulation/runSeeds.ts [--only fifo-cloud] [--from 0] [--seeds 10000] [--stop]
 *
 * With `--stop`, the first failing seed is the last.
 */
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    from: { type: "string", default: "0" },
    seeds: { type: "string", default: "10000" },
    stop: { type: "boolean", default: false },
  },
});
const from = Number(values.from);
const count = Number(values.seeds);
const progressEvery = 500;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function namesOf(only: string | undefined): readonly SimulationName[] {
  const names = Object.keys(simulations).filter(isSimulation);
  if (only === undefined) return names;
  const chosen = names.filter((name) => name === only);
  if (chosen.length === 0) throw new Error(`expected one of ${names.join(", ")}, got ${only}`);
  return chosen;
}

/** Answers how many seeds failed. */
async function runAll(name: SimulationName): Promise<number> {
  const startedMs = Date.now();
  let failed = 0;
  for (let done = 0; done < count; done += 1) {
    const seed = from + done;
    const { report } = await reportOf(name, seed);
    if (report.length > 0) {
      failed += 1;
      say(report.join("\n  "));
      if (values.stop) return failed;
    }
    if ((done + 1) % progressEvery === 0 || done + 1 === count) {
      const seconds = ((Date.now() - startedMs) / 1000).toFixed(0);
      say(`${name}: ${done + 1} of ${count} seeds in ${seconds} s, ${failed} failed`);
    }
  }
  return failed;
}

let failures = 0;
for (const name of namesOf(values.only)) failures += await runAll(name);
// What a simulated process that died waits for never comes, and nothing else is left to do.
process.exit(failures === 0 ? 0 : 1);

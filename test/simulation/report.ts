import { minimalHistory } from "./minimalHistory.ts";
import { type Outcome, type Simulation, type SimulationName, simulations } from "./simulations.ts";

/** The seeds that the environment asks for, else so many. */
export function seedsOr(countDefault: number): readonly number[] {
  const only = process.env["SIMULATION_SEED"];
  const count = Number(process.env["SIMULATION_SEEDS"] ?? countDefault);
  return only === undefined ? [...Array(count).keys()] : [Number(only)];
}

/** Runs a seed. The report has its findings, and what led to them; it is empty if there are none. */
export async function reportOf(
  name: SimulationName,
  seed: number,
  simulation: Simulation = simulations[name],
): Promise<{ readonly report: readonly string[]; readonly outcome: Outcome }> {
  const outcome = await simulation(seed);
  const { findings, history } = outcome;
  const report =
    findings.length === 0
      ? []
      : [`${name}, seed ${seed}`, ...findings, ...minimalHistory(findings, history)];
  return { report, outcome };
}

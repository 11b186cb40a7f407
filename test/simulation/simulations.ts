import { findingsOf as findingsOfFifo, runFifoQueues, runOf } from "./fifoRun.ts";
import { findingsOf as findingsOfPollers, runPollers } from "./pollRun.ts";
import type { PollWorldSetting } from "./pollWorld.ts";
import { findingsOf, runStandardQueues } from "./runStandardQueues.ts";
import type { Setting } from "./simulatedWorld.ts";
import type { World } from "./world.ts";

/** What one seed came to. */
export interface Outcome {
  /** What cannot be, if a promise was not kept. */
  readonly findings: readonly string[];
  /** What happened, the last at the end. */
  readonly history: readonly string[];
  /** How often each case was met that a run may meet. */
  readonly met: Readonly<Record<string, number>>;
}

export type Simulation = (seed: number) => Promise<Outcome>;

/**
 * How long an available message may wait for a receive that is there all the time: until a process
 * that skips it looks back, or, on a table of its own, as long as a look at all its lanes takes.
 */
const cloudWaitMsMax = 6000;
const boxWaitMsMax = 500;
/** The turn of a poller that died, and then until a schedule fires and a process looks back. */
const pollWaitMsMax = 75_000;

/** Each simulation by its name, as commands and reports call it. */
export const simulations = {
  "standard-cloud": (seed) => runStandard({ kind: "cloud", seed }),
  "standard-box": (seed) => runStandard({ kind: "box", seed }),
  /** Nothing fails here, so nothing may be left over either. */
  "standard-calm": (seed) => runStandard({ kind: "box", seed, isCalm: true }),
  "fifo-cloud": (seed) => runFifo({ kind: "cloud", seed }),
  "fifo-box": (seed) => runFifo({ kind: "box", seed }),
  "poll-standard": (seed) => runPoll({ kind: "cloud", seed, isFifo: false }),
  "poll-fifo": (seed) => runPoll({ kind: "cloud", seed, isFifo: true }),
  /** Only workers fail here, so each receive is theirs or undone. */
  "poll-calm": (seed) => runPoll({ kind: "cloud", seed, isFifo: seed % 2 === 1, isCalm: true }),
} as const satisfies Readonly<Record<string, Simulation>>;

export type SimulationName = keyof typeof simulations;

/** Whether there is a simulation of that name. */
export function isSimulation(name: string): name is SimulationName {
  return Object.hasOwn(simulations, name);
}

async function runStandard(setting: Setting): Promise<Outcome> {
  const world = await runStandardQueues(setting);
  const waitMsMax = setting.kind === "cloud" ? cloudWaitMsMax : boxWaitMsMax;
  const findings = [
    ...findingsOf(world, waitMsMax),
    ...(setting.isCalm === true ? chunksLeft(world) : []),
  ];
  return { findings, history: world.history, met: world.watch.counts };
}

function chunksLeft({ table }: World): readonly string[] {
  const chunks = [...table.items()].filter(({ pk }) => /^[^.]*\//.test(pk));
  return chunks.map(({ pk }) => `chunk ${pk} was left behind`);
}

async function runFifo(setting: Setting): Promise<Outcome> {
  const world = await runFifoQueues(runOf(setting));
  const waitMsMax = setting.kind === "cloud" ? cloudWaitMsMax : boxWaitMsMax;
  return {
    findings: findingsOfFifo(world, waitMsMax),
    history: world.history,
    met: world.watch.counts,
  };
}

async function runPoll(setting: PollWorldSetting): Promise<Outcome> {
  const world = await runPollers(setting);
  const findings = findingsOfPollers(world, pollWaitMsMax);
  return { findings, history: world.history, met: world.counts };
}

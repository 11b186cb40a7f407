import { createEngine } from "#engine/createEngine.ts";
import { openFunctionMetrics } from "./shared/functionMetrics.ts";
import { openFunction } from "./shared/openFunction.ts";
import { publishSweep } from "./shared/publishSweep.ts";

const sweep = await openFunction("sweep", process.env);
const { config, log, clock } = sweep;
const metrics = openFunctionMetrics(config);
const engine = createEngine({
  ...sweep,
  report: ({ event, ...fields }) => log.warn(event, fields),
});

/** What is left of the time for ending a step that has begun, with the table's patience. */
const marginMs = 10_000;

/** Does what no request does, for as long as this invocation may take, and publishes what it found. */
export const handler = sweep.handler(async (_event, context) => {
  const timeMs = context.getRemainingTimeInMillis() - marginMs;
  const report = await engine.sweep({
    account: config.account,
    untilMs: clock.nowMs() + Math.max(0, timeMs),
    // At once: a move task may take the rest of the time, or of the process.
    onSwept: (swept) => publishSweep(metrics, swept),
  });
  return { queues: report.queues.length, deadLettered: report.deadLettered };
});

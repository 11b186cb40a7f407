import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  type MillraceProcess,
  type MillraceProcessOptions,
  startMillrace,
} from "../../bench/millraceProcess.ts";
import type { Holdings } from "./serverProbe.ts";

const probe = fileURLToPath(new URL("serverProbe.ts", import.meta.url));

/** A server in a process of its own that tells what it holds. */
export interface ProbedMillrace extends MillraceProcess {
  holdings(): Promise<Holdings>;
}

/** What is held now that was not held before: sockets, and what keeps the process alive, by name. */
export function heldBeyond(before: Holdings, now: Holdings): Readonly<Record<string, number>> {
  const more = Object.entries({ ...now.resources, sockets: now.sockets })
    .map(([name, count]) => {
      const had = name === "sockets" ? before.sockets : (before.resources[name] ?? 0);
      return [name, count - had] as const;
    })
    .filter(([, count]) => count > 0);
  return Object.fromEntries(more);
}

/** Starts Millrace with a probe inside it. */
export async function startProbedMillrace({
  flags,
  env = {},
}: Omit<MillraceProcessOptions, "nodeFlags">): Promise<ProbedMillrace> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-probe-"));
  const path = join(folder, "probe");
  const leave = () => rm(folder, { recursive: true, force: true });
  const server = await startMillrace({
    flags,
    nodeFlags: ["--expose-gc", "--import", probe],
    env: { ...env, PROBE_SOCKET: path },
  }).catch(async (error: unknown) => {
    await leave();
    throw error;
  });
  const andLeave = (end: () => Promise<void>) => () => end().finally(leave);
  return {
    ...server,
    kill: andLeave(server.kill),
    stop: andLeave(server.stop),
    holdings: async () => JSON.parse(await text(connect(path))),
  };
}

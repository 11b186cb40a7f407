import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDynoxide } from "./dynoxide.ts";
import { startMillrace } from "./millraceProcess.ts";

/** A server to measure: ours over one of its tables, or one that is running already. */
export interface BenchedServer {
  readonly url: string;
  /** `undefined` where nobody knows it: then its CPU time is not told. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export const tableKinds = ["memory", "disk", "dynamodb"] as const;
export type TableKind = (typeof tableKinds)[number];

/** Starts Millrace over a table that is empty. `profileFolder` takes a CPU profile when it stops. */
export async function startServer(
  table: TableKind,
  profileFolder: string | undefined,
): Promise<BenchedServer> {
  const nodeFlags =
    profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  switch (table) {
    case "memory":
      return await startMillrace({ flags: ["--data", ":memory:"], nodeFlags });
    case "disk": {
      const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
      const server = await startMillrace({ flags: ["--data", folder], nodeFlags });
      return {
        ...server,
        async stop() {
          await server.stop();
          await rm(folder, { recursive: true });
        },
      };
    }
    case "dynamodb": {
      const dynoxide = await startDynoxide();
      const server = await startMillrace({
        flags: ["--table", "bench", "--dynamodb-endpoint", dynoxide.endpoint],
        nodeFlags,
        env: { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "b", AWS_SECRET_ACCESS_KEY: "b" },
      });
      return {
        ...server,
        async stop() {
          await server.stop();
          await dynoxide.stop();
        },
      };
    }
  }
}

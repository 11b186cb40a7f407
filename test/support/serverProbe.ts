import { readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/** What a process holds. */
export interface Holdings {
  /** Of JavaScript, after a full collection. */
  readonly heapBytes: number;
  /** Of buffers, outside that heap. */
  readonly bufferBytes: number;
  readonly residentBytes: number;
  /** Open sockets of any kind: idle ones that keep no process alive, too. */
  readonly sockets: number;
  /** What keeps the process alive, by Node's names for it, such as `Timeout`. */
  readonly resources: Readonly<Record<string, number>>;
}

/**
 * Is loaded into a server by `--import` and `--expose-gc`: whoever connects to the Unix socket that
 * `PROBE_SOCKET` names is told what the process holds. What is ours keeps nothing alive.
 */
const path = process.env["PROBE_SOCKET"];
if (path !== undefined) {
  const server = createServer((socket) => {
    socket.unref();
    socket.on("error", () => socket.destroy());
    socket.end(JSON.stringify(holdings()));
  });
  server.listen(path);
  server.unref();
}

function holdings(): Holdings {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    resources[name] = (resources[name] ?? 0) + 1;
  }
  return {
    heapBytes: heapUsed,
    bufferBytes: external,
    residentBytes: rss,
    sockets: socketsOpen(),
    resources,
  };
}

function socketsOpen(): number {
  return readdirSync("/proc/self/fd").filter((each) => {
    try {
      return readlinkSync(`/proc/self/fd/${each}`).startsWith("socket:");
    } catch {
      // The descriptor by which the folder was read is gone.
      return false;
    }
  }).length;
}

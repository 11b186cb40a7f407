import { randomUUID } from "node:crypto";
import type { Clock } from "#engine/clock.ts";
import { anyCredentials } from "#service/authenticate.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import type { Table } from "#table/table.ts";
import { serveNodeHttp } from "#transport/nodeHttp.ts";
import { random } from "../../bin/platform.ts";

export interface MillraceServerOptions {
  /** Stays open when the server is closed. */
  readonly table: Table;
  readonly clock: Clock;
  /** Twelve digits: the owner of every queue. Servers of different accounts may share a table. */
  readonly account: string;
  readonly isRelaxed?: boolean;
}

export interface MillraceServer {
  /** Scheme, host and port. */
  readonly origin: string;
  /** What the log had to say at the level error. No request should cause any. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Starts the whole service, as `bin` does, on a free port and over the given table and clock. */
export async function startMillraceServer(options: MillraceServerOptions): Promise<MillraceServer> {
  const { account, ...engineOptions } = options;
  const faults: string[] = [];
  const log = jsonLog({ level: "error", clock: options.clock, write: (line) => faults.push(line) });
  const service = createQueueService({
    ...engineOptions,
    resumesMoveTasks: true,
    random,
    log,
    authenticate: anyCredentials({ account }),
    newRequestId: randomUUID,
  });
  const http = await serveNodeHttp({
    handle: service.handle,
    host: "127.0.0.1",
    port: 0,
    requestBytesMax: service.requestBytesMax,
    onFault: (error) => log.error("http.failed", { error }),
  });
  return {
    origin: `http://127.0.0.1:${http.port}`,
    faults,
    async close() {
      const closed = http.close();
      service.releaseWaiters();
      await closed;
      await service.close();
    },
  };
}

import { randomUUID } from "node:crypto";
import { type Authenticate, anyCredentials } from "#service/authenticate.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import type { Config } from "#service/config.ts";
import { refusingForeignPages } from "#service/foreignPages.ts";
import { limitingRates } from "#service/keyRates.ts";
import type { KeyLimits } from "#service/loadConfig.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import { RequestsInWork } from "#service/requestsInWork.ts";
import { sweepOnTimer } from "#service/sweepOnTimer.ts";
import { traced } from "#service/traced.ts";
import { greed, limitsOf } from "#transport/load.ts";
import { serveNodeHttp } from "#transport/nodeHttp.ts";
import { SharedRoom } from "#transport/sharedRoom.ts";
import { openTable } from "./openTable.ts";
import { clock, random } from "./platform.ts";
import { openServerKeys } from "./serverKeys.ts";

export interface Server {
  /** Where to reach it from this machine. */
  readonly url: string;
  /** Whether requests must be signed and there is no access key yet to sign them with. */
  readonly lacksKeys: boolean;
  /** Takes no more requests, answers the running ones, and lets go of the database. */
  close(): Promise<void>;
}

/** Opens the table, and serves its queues over HTTP to whoever asks. */
export async function startServer(config: Config): Promise<Server> {
  const log = jsonLog({
    level: config.logLevel,
    clock,
    write: (line) => process.stderr.write(line),
    ...(config.tenant !== undefined && { always: { tenant: config.tenant } }),
  });
  const table = await openTable(config.store);
  const access = config.auth === "off" ? undefined : await openServerKeys(config, table, log);
  const authenticate =
    access === undefined
      ? refusingForeignPages(anyCredentials(config), hostsOf(config))
      : authenticateSigned({ keys: access.keys, clock, publicUrl: config.publicUrl });
  const service = createQueueService({
    table,
    clock,
    random,
    isRelaxed: config.isRelaxed,
    resumesMoveTasks: true,
    authenticate: withinRates(authenticate, config.keyLimits),
    inWork: requestsInWork(config),
    newRequestId: randomUUID,
    log,
    publicUrl: config.publicUrl,
  });
  const { account } = config;
  const stopSweeping = config.sweeps
    ? sweepOnTimer({ account, sweep: service.sweep, clock, random, log })
    : async () => undefined;
  const http = await serveNodeHttp({
    handle: config.logLevel === "debug" ? traced(service.handle, { log, clock }) : service.handle,
    host: config.host,
    port: config.port,
    requestBytesMax: service.requestBytesMax,
    load: config.load,
    onFault: (error) => log.error("http.failed", { error }),
  });
  if (access === undefined && !isLoopback(config.host))
    log.warn("host.exposed", { host: config.host });
  return {
    url: `http://${reachable(config.host)}:${http.port}`,
    lacksKeys: access !== undefined && !(await access.keys.hasAny(config.account)),
    async close() {
      access?.close();
      const closed = http.close();
      service.releaseWaiters();
      await closed;
      const swept = stopSweeping();
      await service.close();
      await swept;
      await table.close();
    },
  };
}

/** Of both limits, the one for keys is asked first: what it refuses takes nothing of its account's. */
function withinRates(
  authenticate: Authenticate,
  { keyRate, accountRate }: KeyLimits,
): Authenticate {
  let limited = authenticate;
  if (keyRate !== undefined) {
    limited = limitingRates(limited, { perSecond: keyRate, of: "senderId", clock });
  }
  if (accountRate !== undefined) {
    limited = limitingRates(limited, { perSecond: accountRate, of: "account", clock });
  }
  return limited;
}

/** Accounts share what the server takes on. Where nobody signs, all are one. */
function requestsInWork({ auth, load, keyLimits }: Config): RequestsInWork | undefined {
  const { keyRequestsMax } = keyLimits;
  if (auth === "off" && keyRequestsMax === undefined) return undefined;
  const { requestsMax } = limitsOf(load);
  const room = new SharedRoom(
    requestsMax,
    auth === "off" ? Number.POSITIVE_INFINITY : greed.requests,
  );
  return new RequestsInWork({ room, keyRequestsMax });
}

function hostsOf({ allowedHosts, publicUrl }: Config): readonly string[] {
  return publicUrl === undefined ? allowedHosts : [...allowedHosts, new URL(publicUrl).hostname];
}

/** How to name, from here, the address that is listened on. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

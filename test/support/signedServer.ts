import { randomUUID } from "node:crypto";
import { SQS } from "@aws-sdk/client-sqs";
import { AccessKeyStore, type NewAccessKey } from "#service/accessKeyStore.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import { traced } from "#service/traced.ts";
import type { Table } from "#table/table.ts";
import { serveNodeHttp } from "#transport/nodeHttp.ts";
import { random, clock as systemClock } from "../../bin/platform.ts";
import { makeAccessKey } from "./makeAccessKey.ts";
import { aSecretBox } from "./sealing.ts";
import type { SigningIdentity } from "./signer.ts";

/** A server that checks signatures, over a table that stays open when it is closed. */
export class SignedServer {
  readonly origin: string;
  readonly keys: AccessKeyStore;
  /** Every line of the log, from the level debug up. */
  readonly lines: readonly string[];
  readonly #close: () => Promise<void>;
  readonly #clients: SQS[] = [];

  private constructor(
    origin: string,
    keys: AccessKeyStore,
    lines: readonly string[],
    close: () => Promise<void>,
  ) {
    this.origin = origin;
    this.keys = keys;
    this.lines = lines;
    this.#close = close;
  }

  /** Serves on a free port, by this machine's time: that is what clients sign by. */
  static async start(table: Table): Promise<SignedServer> {
    const lines: string[] = [];
    const clock = systemClock;
    const log = jsonLog({ level: "debug", clock, write: (line) => lines.push(line) });
    const keys = new AccessKeyStore({ table, clock, random, box: aSecretBox() });
    const authenticate = authenticateSigned({ keys, clock });
    const newRequestId = randomUUID;
    const service = createQueueService({ table, clock, random, log, authenticate, newRequestId });
    const http = await serveNodeHttp({
      handle: traced(service.handle, { log, clock }),
      host: "127.0.0.1",
      port: 0,
      requestBytesMax: service.requestBytesMax,
      onFault: (error) => log.error("http.failed", { error }),
    });
    return new SignedServer(`http://127.0.0.1:${http.port}`, keys, lines, async () => {
      const closed = http.close();
      service.releaseWaiters();
      await closed;
      await service.close();
    });
  }

  /** Makes a key that may do everything, but for what is said; answers what its holder signs by. */
  async createKey(said: Partial<NewAccessKey> = {}): Promise<SigningIdentity> {
    return await makeAccessKey(this.keys, { account: "111122223333", ...said });
  }

  /** AWS's client, unchanged, which signs by a key. */
  client(credentials: SigningIdentity): SQS {
    const region = "us-east-1";
    const client = new SQS({ endpoint: this.origin, region, credentials, maxAttempts: 1 });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.#close();
  }
}

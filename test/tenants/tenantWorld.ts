import { randomUUID } from "node:crypto";
import type { ActionName } from "#contract/operations.ts";
import type { HttpRequest, HttpResponse } from "#protocol/http.ts";
import { AccessKeyStore } from "#service/accessKeyStore.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import { traced } from "#service/traced.ts";
import type { Table } from "#table/table.ts";
import { random } from "../../bin/platform.ts";
import { FakeClock } from "../support/fakeClock.ts";
import { makeAccessKey } from "../support/makeAccessKey.ts";
import { aSecretBox } from "../support/sealing.ts";
import { aSigner, type SigningIdentity } from "../support/signer.ts";
import { aQueryCall, aRestCall, type WireInput } from "../support/wireCalls.ts";
import { aJsonCall } from "../unit/protocol/aRequest.ts";

export const protocols = ["JSON", "Query", "Query by path", "REST"] as const;
export type Protocol = (typeof protocols)[number];

export interface Answer {
  readonly status: number;
  readonly error: string | undefined;
  readonly body: string;
}

/** A service that several tenants share, and the ways to ask it in the name of one of them. */
export class TenantWorld {
  readonly clock = new FakeClock();
  /** Every line of the log, from the level debug up. */
  readonly lines: string[] = [];
  readonly #keys: AccessKeyStore;
  readonly #service: ReturnType<typeof createQueueService>;
  readonly #handle: (request: HttpRequest) => Promise<HttpResponse>;

  constructor(table: Table) {
    const { clock, lines } = this;
    const log = jsonLog({ level: "debug", clock, write: (line) => lines.push(line) });
    this.#keys = new AccessKeyStore({ table, clock, random, box: aSecretBox() });
    this.#service = createQueueService({
      table,
      clock,
      random,
      log,
      isRelaxed: true,
      authenticate: authenticateSigned({ keys: this.#keys, clock }),
      newRequestId: randomUUID,
    });
    const { signal } = new AbortController();
    const handle = traced(this.#service.handle, { log, clock });
    this.#handle = (request) => handle(request, signal);
  }

  async keyOf(account: string): Promise<SigningIdentity> {
    return await makeAccessKey(this.#keys, { account });
  }

  /** Asks over a protocol. */
  async ask(
    protocol: Protocol,
    key: SigningIdentity,
    action: ActionName,
    input: WireInput,
  ): Promise<Answer> {
    const { status, headers, body } = await this.#handle(
      await this.#made(protocol, key, action, input),
    );
    return { status, error: headers["x-amzn-query-error"], body: String(body) };
  }

  /** Asks over JSON for what must be answered. */
  async call(
    key: SigningIdentity,
    action: ActionName,
    input: WireInput,
  ): Promise<Record<string, unknown>> {
    const { status, body } = await this.ask("JSON", key, action, input);
    if (status !== 200) throw new Error(`expected ${action} to be done, got ${body}`);
    return body === "" ? {} : JSON.parse(body);
  }

  async #made(protocol: Protocol, key: SigningIdentity, action: ActionName, input: WireInput) {
    const { QueueUrl: url, ...others } = input;
    const path = typeof url === "string" ? new URL(url).pathname : "/";
    switch (protocol) {
      case "JSON":
        return await this.#signed(key, aJsonCall(action, input));
      case "Query":
        return await this.#signed(key, aQueryCall(action, input));
      case "Query by path":
        return await this.#signed(
          key,
          aQueryCall(action, url === undefined ? input : others, path),
        );
      case "REST": {
        // What a path is given as the name of a queue may be a URL's path, its slashes escaped.
        const named = input["QueueName"];
        const queue = typeof named === "string" ? named : path.slice(1);
        const request = aRestCall(action, input, queue);
        const authorization = `Bearer ${key.accessKeyId}.${key.secretAccessKey}`;
        return { ...request, headers: { ...request.headers, authorization } };
      }
    }
  }

  async #signed(key: SigningIdentity, request: HttpRequest): Promise<HttpRequest> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    const signed = await aSigner(key).sign(
      {
        method: request.method,
        protocol: "http:",
        hostname: "127.0.0.1",
        path: request.path,
        headers,
        body: request.body,
      },
      { signingDate: new Date(this.clock.nowMs()) },
    );
    return { ...request, headers: signed.headers };
  }

  async close(): Promise<void> {
    await this.#service.close();
  }
}

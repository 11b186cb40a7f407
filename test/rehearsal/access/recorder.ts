import {
  Agent,
  request as ask,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { listenLocally } from "../../support/localServer.ts";
import { type Needed, neededFor, type Place, type Service, services } from "./awsCall.ts";

/** One call that a function made. */
export interface Recorded {
  /** Who called: the logical id of a function. */
  readonly caller: string;
  readonly service: Service;
  readonly needed: readonly Needed[];
  /** Capacity units of DynamoDB that it consumed. */
  readonly units: number;
}

/** Where the services really are. */
export type Endpoints = Readonly<Record<Service, string>>;

/**
 * Stands between functions and the services that they call, and notes every call. Each caller has its
 * own address of each service, so that it is known by that.
 */
export class Recorder {
  readonly calls: Recorded[] = [];
  /** What is wrong with calls, which a real service would have refused. */
  readonly problems: string[] = [];
  readonly #endpoints: Endpoints;
  readonly #place: Place;
  readonly #servers: Server[] = [];
  /** The customer's keys under which tables and buckets are, by the ARN of those. */
  readonly #keys = new Map<string, string>();
  readonly #agent = new Agent({ keepAlive: true });

  constructor(endpoints: Endpoints, place: Place) {
    this.#endpoints = endpoints;
    this.#place = place;
  }

  /** The variables by which the SDK of a caller finds the services. */
  async environmentOf(caller: string): Promise<Readonly<Record<string, string>>> {
    const entries = services.map(async (service) => [
      `AWS_ENDPOINT_URL_${service}`,
      await this.#listen(caller, service),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Notes a call that a service of AWS makes with somebody's role. */
  note(caller: string, service: Service, needed: Needed): void {
    this.calls.push({ caller, service, needed: [needed], units: 0 });
  }

  /** From now on what is in that table or bucket is under a customer's key. */
  noteEncryption(resourceArn: string, keyArn: string): void {
    this.#keys.set(resourceArn, keyArn);
  }

  /** Forgets the calls so far, and answers with them. */
  takeCalls(): readonly Recorded[] {
    return this.calls.splice(0);
  }

  close(): void {
    this.#agent.destroy();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #listen(caller: string, service: Service): Promise<string> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    server.on("request", (request, response) => {
      void this.#pass(caller, service, request, response).catch(() => response.destroy());
    });
    this.#servers.push(server);
    return await listenLocally(server);
  }

  async #pass(
    caller: string,
    service: Service,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method = "", url: path = "/", headers } = request;
    const given = await bytesOf(request);
    if (headers["x-amz-security-token"] === undefined) {
      this.problems.push(`${caller} called ${service} without its session token`);
    }
    const needed = this.#needed({ service, method, path, headers, body: given }, caller);
    const body = service === "DYNAMODB" ? askingForCapacity(given) : given;
    const answer = await this.#forward(service, { method, path, headers, body });
    const answered = await bytesOf(answer);
    const units = service === "DYNAMODB" ? unitsIn(answered) : 0;
    const isMissing = answer.statusCode === 404;
    this.calls.push({ caller, service, needed: this.#alsoNeeded(needed, isMissing), units });
    if (response.destroyed) return;
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(answered);
  }

  #needed(call: Parameters<typeof neededFor>[0], caller: string): readonly Needed[] {
    try {
      return neededFor(call, this.#place);
    } catch (error) {
      this.problems.push(`${caller}: ${error}`);
      return [];
    }
  }

  /** With what the services ask of the caller beside the call itself. */
  #alsoNeeded(needed: readonly Needed[], isMissing: boolean): readonly Needed[] {
    const { region } = this.#place;
    return needed.flatMap((each) => {
      const [action, resource] = [each.action, each.resource.replace(/(?<=:::[^/]*)\/.*/s, "")];
      const all = [each];
      // Whoever may not list a bucket is not told that an object is missing.
      if (action === "s3:GetObject" && isMissing) all.push({ action: "s3:ListBucket", resource });
      const keyArn = this.#keys.get(resource);
      if (keyArn === undefined) return all;
      const viaService = `${action.split(":")[0]}.${region}.amazonaws.com`;
      const asked = action === "s3:PutObject" ? "kms:GenerateDataKey" : "kms:Decrypt";
      return [...all, { action: asked, resource: keyArn, viaService }];
    });
  }

  #forward(
    service: Service,
    sent: Pick<Parameters<typeof neededFor>[0], "method" | "path" | "headers" | "body">,
  ): Promise<IncomingMessage> {
    const { hostname, port } = new URL(this.#endpoints[service]);
    const { method, path, headers, body } = sent;
    return new Promise((resolve, reject) => {
      // The host stays that of the caller, who has signed it.
      const options = { agent: this.#agent, hostname, port, method, path };
      const asked = ask({ ...options, headers: { ...headers, "content-length": body.length } });
      asked.on("response", resolve);
      asked.on("error", reject);
      asked.end(body);
    });
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Asks for the sum of what a call consumes. The engine does not check what was signed. */
function askingForCapacity(body: Buffer): Buffer {
  return Buffer.from(
    JSON.stringify({ ReturnConsumedCapacity: "TOTAL", ...JSON.parse(body.toString()) }),
  );
}

function unitsIn(answered: Buffer): number {
  const { ConsumedCapacity: consumed } = JSON.parse(answered.toString());
  const all: { readonly CapacityUnits?: number }[] = [consumed ?? []].flat();
  return all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

import { once } from "node:events";
import {
  request as ask,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { type Fields, fieldsOf, listOf, textOf } from "./template/template.ts";

/** What a distribution of CloudFront does: under which names it is reached, and who answers. */
interface Distribution {
  readonly aliases: readonly string[];
  /** Host and port, which callers are not to see. */
  readonly origin: string;
}

/** CloudFront in front of a function URL, without a cache: passes on everything but the caller's `Host`. */
export class Edge {
  readonly #server: Server;
  readonly #distribution: Distribution;

  private constructor(server: Server, distribution: Distribution) {
    this.#server = server;
    this.#distribution = distribution;
  }

  /** Opens the distribution of the resolved properties of an `AWS::CloudFront::Distribution`. */
  static async listen(properties: Fields): Promise<Edge> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const edge = new Edge(server, distributionOf(properties));
    server.on("request", (request, response) => {
      void edge.#pass(request, response).catch(() => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return edge;
  }

  /** Host and port. */
  get domainName(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("expected a port");
    return `127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { aliases, origin } = this.#distribution;
    const { method, url: path, headers } = request;
    if (!aliases.includes(headers.host ?? "")) {
      response.writeHead(403).end("The request could not be satisfied.");
      return;
    }
    const { hostname, port } = new URL(`http://${origin}`);
    const passed = ask({ hostname, port, method, path, headers: { ...headers, host: origin } });
    request.pipe(passed);
    const [answer]: IncomingMessage[] = await once(passed, "response");
    if (answer === undefined) throw new Error("expected an answer");
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }
}

function distributionOf({ DistributionConfig }: Fields): Distribution {
  const { Aliases, Origins } = fieldsOf(DistributionConfig, "a distribution");
  const [origin] = listOf(Origins);
  return {
    aliases: listOf(Aliases).map((alias) => textOf(alias, "an alias")),
    origin: textOf(fieldsOf(origin, "an origin")["DomainName"], "the domain of an origin"),
  };
}

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What a link does, to what comes over it from now on:
 *
 * ```
 *   open        it passes everything on, both ways
 *   refusing    nobody listens, and what was connected is reset
 *   silent      it takes whatever comes, and nothing ever comes back
 *   dying       each connection passes the head of an answer and the first byte of its body, and falls silent
 * ```
 *
 * A connection that has fallen silent stays so: whoever waits at its end is told nothing.
 */
export type LinkState = "open" | "refusing" | "silent" | "dying";

const bodyStart = "\r\n\r\n";

/** A TCP link to a server on this machine. */
export class FaultyLink {
  readonly #server: Server;
  readonly #host: string;
  readonly #connections = new Set<Socket>();
  readonly #silent = new WeakSet<Socket>();
  readonly #targetPort: number;
  #port = 0;
  #state: LinkState = "open";
  #deaths = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#host = process.platform === "linux" ? ownLoopbackAddress() : "127.0.0.1";
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Starts one to a port of 127.0.0.1. Stop it when done. */
  static async start(targetPort: number): Promise<FaultyLink> {
    const link = new FaultyLink(targetPort);
    await link.#listen();
    return link;
  }

  get endpoint(): string {
    return `http://${this.#host}:${this.#port}`;
  }

  /** Connections that the caller has not closed, silent ones too. */
  get connections(): number {
    return this.#connections.size;
  }

  /** How many have fallen silent in the middle of an answer. */
  get deaths(): number {
    return this.#deaths;
  }

  async become(state: LinkState): Promise<void> {
    const wasRefusing = this.#state === "refusing";
    this.#state = state;
    if (state === "refusing" && !wasRefusing) await this.#close();
    if (state !== "refusing" && wasRefusing) await this.#listen();
  }

  /** Closes connections from the other end, as a server does with idle ones. Silent ones stay silent. */
  closeIdle(): void {
    for (const socket of this.#connections) if (!this.#silent.has(socket)) socket.end();
  }

  async stop(): Promise<void> {
    await this.become("refusing");
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("expected a port");
    this.#port = address.port;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#connections) socket.resetAndDestroy();
    await closed;
  }

  #accept(near: Socket): void {
    const far = connect(this.#targetPort, "127.0.0.1");
    const isSilent = () => this.#silent.has(near);
    const fallSilent = () => {
      this.#silent.add(near);
      far.destroy();
    };
    this.#connections.add(near);
    near.on("data", (bytes) => {
      if (this.#state === "silent") fallSilent();
      if (!isSilent()) far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (isSilent()) return;
      if (this.#state === "silent") fallSilent();
      else if (this.#state === "dying") {
        this.#deaths += 1;
        near.write(upToBody(bytes));
        fallSilent();
      } else near.write(bytes);
    });
    near.on("error", () => near.destroy());
    near.on("close", () => {
      this.#connections.delete(near);
      far.destroy();
    });
    far.on("error", () => undefined);
    far.on("close", () => {
      if (!isSilent()) near.destroy();
    });
  }
}

/** Linux has 16 million of them, so that no other test gets our port while we do not listen at it. */
function ownLoopbackAddress(): string {
  const { pid } = process;
  return `127.${64 + (pid % 64)}.${(pid >> 6) % 256}.${1 + (pid % 250)}`;
}

function upToBody(bytes: Buffer): Buffer {
  const head = bytes.indexOf(bodyStart);
  return head < 0 ? bytes : bytes.subarray(0, head + bodyStart.length + 1);
}

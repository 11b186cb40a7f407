import { connect, type Socket } from "node:net";

/** The other end of a connection, byte by byte: what an HTTP client would not let a test send. */
export class Peer {
  readonly socket: Socket;
  readonly #closed: Promise<string>;
  #received = "";
  #onReceived = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#closed = new Promise((resolve) => socket.once("close", () => resolve(this.#received)));
    socket.setEncoding("latin1");
    // A reset is one of the ways in which a server may close.
    socket.on("error", () => {});
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#onReceived();
    });
  }

  /** `from` is the address to come from: all of 127.0.0.0/8 are this machine's on Linux. */
  static connect(port: number, from?: string): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", localAddress: from }, () =>
        resolve(new Peer(socket)),
      );
      socket.once("error", reject);
    });
  }

  send(...lines: string[]): void {
    this.socket.write(lines.join("\r\n"));
  }

  /** Everything received so far, as soon as it matches. */
  async receive(pattern: RegExp): Promise<string> {
    const closed = this.#closed.then(() => {
      if (pattern.test(this.#received)) return;
      throw new Error(`expected ${pattern} before the end, got ${this.#received}`);
    });
    while (!pattern.test(this.#received)) {
      const more = new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
      await Promise.race([more, closed]);
    }
    return this.#received;
  }

  /** Resolves when what was written is on its way, or the connection closed, by a reset too. */
  async drained(): Promise<void> {
    // `once` of node:events would reject at a reset.
    const drained = new Promise<void>((resolve) => this.socket.once("drain", resolve));
    await Promise.race([drained, this.#closed]);
  }

  /** Everything received, once the connection is closed. */
  closed(): Promise<string> {
    return this.#closed;
  }
}

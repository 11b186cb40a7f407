import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const headEnd = "\r\n\r\n";

/**
 * One connection that is kept, with one request on its way at a time: all that a load needs of
 * HTTP/1.1, at a small part of what a general client costs. It expects `Content-Length`.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer = Buffer.alloc(0);
  #asked: PromiseWithResolvers<HttpAnswer> | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static async open(origin: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, "connect");
    return new HttpConnection(socket, host);
  }

  /** Asks for an action in AWS JSON 1.0. Rejects if no answer comes; then it may have been done. */
  async post(action: string, body: string): Promise<HttpAnswer> {
    assert(this.#asked === undefined, "expected the last answer to have come");
    if (this.#socket.destroyed) throw new Error("the connection is closed");
    const asked = Promise.withResolvers<HttpAnswer>();
    this.#asked = asked;
    this.#socket.write(
      `POST / HTTP/1.1\r\nHost: ${this.#host}\r\nX-Amz-Target: AmazonSQS.${action}\r\n` +
        "Content-Type: application/x-amz-json-1.0\r\n" +
        "Authorization: AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sqs/aws4_request\r\n" +
        `Content-Length: ${Buffer.byteLength(body)}${headEnd}${body}`,
    );
    return await asked.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const end = this.#received.indexOf(headEnd);
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    const bodyStart = end + headEnd.length;
    if (Number.isNaN(length)) this.#fail(new Error(`expected Content-Length, got ${head}`));
    if (this.#received.length < bodyStart + length) return;
    const body = this.#received.toString("utf8", bodyStart, bodyStart + length);
    this.#received = this.#received.subarray(bodyStart + length);
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  #fail(error: Error): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.reject(error);
    this.#socket.destroy();
  }
}

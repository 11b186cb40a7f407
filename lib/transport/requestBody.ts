import type { IncomingMessage, ServerResponse } from "node:http";

/** Whether a request announces a body beyond the bound, so that not a byte of it need be read. */
export function announcesTooMuch(request: IncomingMessage, bytesMax: number): boolean {
  return Number(request.headers["content-length"]) > bytesMax;
}

export interface BodyReader {
  readonly bytesMax: number;
  /** Whether there is room for so many bytes more, beside all other bodies. */
  readonly hold: (bytes: number) => boolean;
  /** Called once instead, as soon as there is none. */
  readonly onNoRoom: () => void;
  /** Called once, when the whole body is there; never if the caller hangs up before. */
  readonly onBody: (body: Uint8Array) => void;
  /** Called once instead, as soon as the bound is passed. */
  readonly onTooLarge: () => void;
}

/**
 * Collects a body, holding no more than `bytesMax` of it. One that comes in far too many pieces ends its
 * connection. What it answers lets go of what has come, and keeps
 * and tells nothing of what may still come.
 */
export function readBody(
  request: IncomingMessage,
  { bytesMax, hold, onBody, onNoRoom, onTooLarge }: BodyReader,
): () => void {
  const body = new BodyBuffer();
  let pieces = 0;
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    body.take();
  };
  const refuse = (refusal: () => void) => {
    stop();
    refusal();
  };
  const onData = (chunk: Uint8Array) => {
    if (isStopped) return;
    const bytes = body.bytes + chunk.byteLength;
    pieces += 1;
    if (areTooMany(pieces, bytes)) {
      stop();
      request.destroy();
    } else if (bytes > bytesMax) refuse(onTooLarge);
    else if (hold(chunk.byteLength)) body.add(chunk);
    else refuse(onNoRoom);
  };
  const onEnd = () => {
    // A request may have to wait long for its answer, and would keep all of this until then.
    request.removeListener("data", onData);
    request.removeListener("end", onEnd);
    if (!isStopped) onBody(body.take());
  };
  request.on("data", onData);
  request.on("end", onEnd);
  return stop;
}

/**
 * What has come of a body, in one piece: a caller may send it byte by byte, and a buffer for each byte
 * takes hundreds.
 */
class BodyBuffer {
  #room: Uint8Array = nothing;
  bytes = 0;

  add(chunk: Uint8Array): void {
    const bytes = this.bytes + chunk.byteLength;
    if (this.bytes === 0) this.#room = chunk;
    else {
      if (bytes > this.#room.byteLength) this.#grow(Math.max(bytes, 2 * this.bytes));
      this.#room.set(chunk, this.bytes);
    }
    this.bytes = bytes;
  }

  #grow(bytes: number): void {
    const room = Buffer.allocUnsafeSlow(bytes);
    room.set(this.#room.subarray(0, this.bytes));
    this.#room = room;
  }

  /** All of it; nothing is left here. */
  take(): Uint8Array {
    const body = this.#room.subarray(0, this.bytes);
    this.#room = nothing;
    return body;
  }
}

const nothing = new Uint8Array();

/** Bodies of few bytes may come in so many pieces; larger ones in one more for each so many bytes. */
const piecesMin = 1000;
const pieceBytesMin = 512;

/**
 * Whether so many bytes come in too many pieces. Each costs about as much as thousands of bytes in one, so that a
 * caller who sends chunks of one byte each could keep a server busy with next to nothing.
 */
function areTooMany(pieces: number, bytes: number): boolean {
  return pieces > piecesMin && pieces > piecesMin + bytes / pieceBytesMin;
}

/** How long a caller that was refused may go on sending what nobody keeps. */
const lingerMs = 2000;

/** How to refuse a request whose body nobody reads: in no words, as no codec has seen it. */
export interface EarlyAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer to a body beyond the bound. */
export const tooLarge: EarlyAnswer = { status: 413, headers: {} };

/**
 * Answers at once and closes the connection. The close waits until the caller has stopped sending, or
 * for `lingerMs`: to close in the middle of an upload resets the connection, and the caller would lose
 * the answer with it.
 */
export function refuseEarly(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers }: EarlyAnswer,
): void {
  const timer = setTimeout(() => request.destroy(), lingerMs);
  timer.unref();
  request.once("end", () => response.end());
  request.once("close", () => clearTimeout(timer));
  response.writeHead(status, { Connection: "close", "Content-Length": "0", ...headers });
  response.flushHeaders();
  let [pieces, bytes] = [0, 0];
  request.on("data", (chunk: Uint8Array) => {
    pieces += 1;
    bytes += chunk.byteLength;
    if (areTooMany(pieces, bytes)) request.destroy();
  });
}

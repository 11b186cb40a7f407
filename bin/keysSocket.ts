import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { AccessKeyAnswer } from "#service/answerAccessKeyRequest.ts";

/**
 * How `millrace keys` reaches a server that runs, and so holds the folder for itself: a socket in that
 * folder, which the owner of the folder alone may open. No network is involved, and no password.
 *
 * ```
 *   keys  ──  ["create","--queues","orders-*"] + end of stream  ─►  server
 *   keys  ◄─  {"kind":"said","text":"export AWS_ACCESS_KEY_ID=…"} ──
 * ```
 */
export function keysSocketPath(folder: string): string {
  return join(folder, "millrace.sock");
}

/** Requests are a few flags. */
const requestCharactersMax = 64 * 1024;
const idleMsMax = 5000;

/** Does what a command line says, given as its arguments. Rejects what it cannot do. */
export type AnswerKeys = (argv: readonly string[]) => Promise<AccessKeyAnswer>;

/**
 * Answers on the socket of a folder. The folder must be this process's own: what an earlier one left
 * there is removed.
 */
export async function serveKeysSocket(folder: string, answer: AnswerKeys): Promise<Server> {
  const path = keysSocketPath(folder);
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket, answer));
  // The mode is set as the socket is made, so that there is no moment at which others may open it.
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await once(server, "listening");
  return server;
}

async function serve(socket: Socket, answer: AnswerKeys): Promise<void> {
  // A caller that hangs up is told nothing.
  socket.on("error", () => socket.destroy());
  socket.setTimeout(idleMsMax, () => socket.destroy());
  try {
    const argv = argumentsIn(await upTo(requestCharactersMax, socket));
    socket.end(JSON.stringify(await answer(argv)));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    socket.end(JSON.stringify({ kind: "refused", problem } satisfies AccessKeyAnswer));
  }
}

/** By events: to iterate over a socket destroys it at the end, and the answer is yet to be sent. */
function upTo(charactersMax: number, socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      received += String(chunk);
      if (received.length > charactersMax) reject(new Error("the request is too long"));
    });
    socket.once("end", () => resolve(received));
    socket.once("close", () => reject(new Error("the request was not finished")));
  });
}

function argumentsIn(received: string): readonly string[] {
  const argv: unknown = JSON.parse(received);
  if (Array.isArray(argv) && argv.every((each) => typeof each === "string")) return argv;
  throw new Error("expected a list of arguments");
}

/** Asks the server that runs on a folder. `undefined` if none answers there. */
export async function askKeysSocket(
  folder: string,
  argv: readonly string[],
): Promise<AccessKeyAnswer | undefined> {
  const socket = connect({ path: keysSocketPath(folder), allowHalfOpen: true });
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  socket.end(JSON.stringify(argv));
  const answer = await text(socket);
  if (answer === "") throw new Error(`the server that uses ${folder} has not answered`);
  return JSON.parse(answer);
}

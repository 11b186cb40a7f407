import { once } from "node:events";
import type { Server } from "node:net";

/** Listens on this machine, on a free port unless one is given, and answers scheme, host and port. */
export async function listenLocally(server: Server, port = 0): Promise<string> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return `http://127.0.0.1:${address.port}`;
}

import { once } from "node:events";
import { createServer } from "node:http";

export interface JsonStub {
  readonly endpoint: string;
  close(): void;
}

/** A server that gives everything it is asked the same answer: a service of AWS that is not measured. */
export async function startJsonStub(answer: object): Promise<JsonStub> {
  const body = JSON.stringify(answer);
  const server = createServer((request, response) => {
    request.resume();
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

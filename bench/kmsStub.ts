import { once } from "node:events";
import { createServer } from "node:http";

/** Answers what AWS KMS is asked with one key that is no secret. */
export async function startKmsStub(): Promise<{ readonly endpoint: string; close(): void }> {
  const key = Buffer.alloc(32, 7).toString("base64");
  const server = createServer((request, response) => {
    request.resume();
    response.end(JSON.stringify({ Plaintext: key, CiphertextBlob: key }));
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

import { serveNodeHttp } from "#transport/nodeHttp.ts";

/** Answers what AWS KMS is asked with one key that is no secret. */
export async function startKmsStub(): Promise<{
  readonly endpoint: string;
  close(): Promise<void>;
}> {
  const key = Buffer.alloc(32, 7).toString("base64");
  const body = JSON.stringify({ Plaintext: key, CiphertextBlob: key });
  const { port, close } = await serveNodeHttp({
    handle: async () => ({ status: 200, headers: {}, body }),
    host: "127.0.0.1",
    port: 0,
    requestBytesMax: 64 * 1024,
    onFault: console.error,
  });
  return { endpoint: `http://127.0.0.1:${port}`, close };
}

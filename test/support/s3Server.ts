import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import { listenLocally } from "./localServer.ts";

/** The only credentials that the server accepts. It verifies every signature. */
export const s3Credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** What becomes of a request instead of an answer: no connection, silence, or an error. */
export type S3Fault = "lost" | "silent" | { readonly status: number; readonly code: string };

/** A server of its own that speaks S3's API on this machine, with one empty bucket. */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  /** Makes a further bucket. */
  addBucket(name: string): Promise<void>;
  /** The methods of all requests that came in, in order. */
  readonly requests: readonly string[];
  /** What becomes of the next requests, until it is told otherwise; of so many, if that is said. */
  fail(fault: S3Fault | undefined, times?: number): void;
  /** The keys of all objects in its own bucket. */
  keys(): Promise<readonly string[]>;
  /** Loses every object of every bucket. */
  loseAll(): Promise<void>;
  stop(): Promise<void>;
}

const bucket = "large-messages";
const objectSuffix = "._S3rver_object";

export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-s3-"));
  const s3 = new S3rver({
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket }],
  });
  await s3.configureBuckets();
  const answer = s3.callback();
  const requests: string[] = [];
  let fault: S3Fault | undefined;
  let faultsLeft = 0;
  const server = createServer((request, response) => {
    requests.push(request.method ?? "");
    if (fault === undefined || faultsLeft === 0) return answer(request, response);
    faultsLeft -= 1;
    meet(fault, request, response);
  });
  const endpoint = await listenLocally(server);

  const objectsIn = async (folder: string): Promise<readonly string[]> => {
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => name.endsWith(objectSuffix));
  };
  const keys = async (): Promise<readonly string[]> => {
    const names = await objectsIn(join(directory, bucket));
    return names.map((name) => name.slice(0, -objectSuffix.length));
  };
  return {
    endpoint,
    bucket,
    requests,
    async addBucket(name) {
      await s3.store.putBucket(name);
    },
    fail(next, times = Infinity) {
      fault = next;
      faultsLeft = times;
    },
    keys,
    async loseAll() {
      for (const name of await objectsIn(directory)) await rm(join(directory, name));
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function meet(fault: S3Fault, request: IncomingMessage, response: ServerResponse): void {
  if (fault === "silent") return;
  if (fault === "lost") {
    request.socket.destroy();
    return;
  }
  request.resume();
  response.writeHead(fault.status, { "content-type": "application/xml" });
  response.end(
    `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>No.</Message></Error>`,
  );
}

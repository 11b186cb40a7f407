import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { listenLocally } from "./localServer.ts";

/** What a custom resource has answered. */
export interface ResourceAnswer {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

/** CloudFormation's side of custom resources: the address to which they answer. */
export interface CloudFormationAddress {
  readonly url: string;
  /** Everything that was answered, in order. */
  readonly answers: readonly ResourceAnswer[];
  /** The type that each answer came under; S3's signature admits none. */
  readonly types: readonly (string | undefined)[];
  /** Answers the next requests with this status, so many times. */
  fail(status: number, times: number): void;
  stop(): Promise<void>;
}

export async function startCloudFormationAddress(): Promise<CloudFormationAddress> {
  const answers: ResourceAnswer[] = [];
  const types: (string | undefined)[] = [];
  let failure = { status: 500, times: 0 };
  const server = createServer(async (request, response) => {
    if (failure.times > 0) {
      failure = { ...failure, times: failure.times - 1 };
      request.resume();
      response.writeHead(failure.status).end();
      return;
    }
    types.push(request.headers["content-type"]);
    const answer: ResourceAnswer = JSON.parse(await text(request));
    answers.push(answer);
    response.end();
  });
  const origin = await listenLocally(server);
  return {
    url: `${origin}/answer?X-Amz-Signature=of-this-address`,
    answers,
    types,
    fail: (status, times) => {
      failure = { status, times };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

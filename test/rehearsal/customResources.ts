import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { listenLocally } from "../support/localServer.ts";
import type { LambdaService } from "./lambdaService.ts";
import { asText } from "./template/resolve.ts";
import { type Fields, fieldsOf } from "./template/template.ts";

export interface CustomResourceRequest {
  readonly requestType: "Create" | "Update" | "Delete";
  readonly stackId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Fields;
  readonly oldProperties?: Fields;
  readonly physicalId?: string;
}

export interface CustomResourceAnswer {
  readonly physicalId: string;
  readonly data: Fields;
}

/** CloudFormation waits for an hour; nothing here takes as long as this. */
const waitMsMax = 30_000;

/**
 * CloudFormation's side of custom resources: it invokes their function with an event, and takes the
 * answer that is put at the address in it.
 */
export class CustomResources {
  readonly #server: Server;
  readonly #origin: string;
  readonly #lambda: LambdaService;
  readonly #awaited = new Map<string, (answer: unknown) => void>();

  private constructor(server: Server, origin: string, lambda: LambdaService) {
    this.#server = server;
    this.#origin = origin;
    this.#lambda = lambda;
    server.on("request", (request, response) => void this.#take(request, response));
  }

  static async listen(lambda: LambdaService): Promise<CustomResources> {
    const server = createServer();
    return new CustomResources(server, await listenLocally(server), lambda);
  }

  /** Asks for one thing. Rejects with the reason if it failed. */
  async ask(request: CustomResourceRequest): Promise<CustomResourceAnswer> {
    const { requestType, logicalId, type, properties, oldProperties, physicalId } = request;
    const requestId = randomUUID();
    const path = `/${requestId}`;
    const answered = Promise.withResolvers<unknown>();
    this.#awaited.set(path, answered.resolve);
    const timer = setTimeout(
      () => answered.reject(new Error(`expected an answer for ${logicalId}, got none`)),
      waitMsMax,
    );
    try {
      const invoked = await this.#lambda.invokeLater(String(properties["ServiceToken"]), {
        RequestType: requestType,
        ResponseURL: `${this.#origin}${path}`,
        StackId: request.stackId,
        RequestId: requestId,
        ResourceType: type,
        LogicalResourceId: logicalId,
        ResourceProperties: asText(properties),
        ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
        ...(oldProperties !== undefined && { OldResourceProperties: asText(oldProperties) }),
      });
      if (invoked.kind !== "result") {
        answered.reject(new Error(`${logicalId} failed: ${JSON.stringify(invoked)}`));
      }
      return answerOf(logicalId, await answered.promise);
    } finally {
      clearTimeout(timer);
      this.#awaited.delete(path);
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const take = this.#awaited.get(request.url ?? "");
    const body = await text(request);
    response.writeHead(take !== undefined && request.method === "PUT" ? 200 : 403).end();
    if (request.method === "PUT") take?.(JSON.parse(body));
  }
}

function answerOf(logicalId: string, answer: unknown): CustomResourceAnswer {
  const { Status, Reason, PhysicalResourceId, Data } = fieldsOf(answer, "the answer");
  if (Status !== "SUCCESS") throw new Error(`${logicalId} failed: ${Reason}`);
  if (typeof PhysicalResourceId !== "string") {
    throw new Error(`expected ${logicalId} to have a physical id, got ${PhysicalResourceId}`);
  }
  return { physicalId: PhysicalResourceId, data: Data === undefined ? {} : fieldsOf(Data) };
}

import { SqsError } from "#contract/errors.ts";
import { findRoute } from "#protocol/rest/findRoute.ts";
import type { ActionCalls } from "./actionCalls.ts";

export interface RestAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

let queues = 0;

/** An app that speaks plain JSON over HTTP. */
export class RestClient {
  readonly origin: string;
  readonly account: string;
  readonly #calls: ActionCalls;

  constructor(origin: string, account: string, calls: ActionCalls) {
    this.origin = origin;
    this.account = account;
    this.#calls = calls;
  }

  /** A body that is text is sent as it is. */
  async call(method: string, path: string, body?: unknown): Promise<RestAnswer> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const { status, ok } = response;
    const action = actionOf(method, path);
    if (action !== undefined) this.#calls.note(ok ? "answered" : "refused", action);
    const text = await response.text();
    const type = response.headers.get("content-type");
    return { status, type, body: text === "" ? {} : JSON.parse(text) };
  }

  /** Makes a queue; answers its path. */
  async newQueue(attributes: object = {}): Promise<string> {
    queues += 1;
    const queueName = `rest-${queues}`;
    await this.call("POST", "/v1/queues", { queueName, attributes });
    return `/v1/queues/${queueName}`;
  }

  /** The ARN of a queue, by its path. */
  arnOf(queue: string): string {
    return `arn:aws:sqs:us-east-1:${this.account}:${queue.split("/").at(-1)}`;
  }

  /** The first message of a queue, which may be none. */
  async receiveOne(queue: string): Promise<Record<string, string>> {
    const { body } = await this.call("POST", `${queue}/messages/receive`);
    const [message] = body["messages"] as readonly Record<string, string>[];
    return message ?? {};
  }
}

/** The action of a call, if it is one. */
function actionOf(method: string, path: string): string | undefined {
  try {
    return findRoute(method, path.replace(/\?.*/, "")).route.action;
  } catch (error) {
    if (error instanceof SqsError) return undefined;
    throw error;
  }
}

import type { Clock } from "#engine/clock.ts";
import type { HttpRequest, HttpResponse } from "#protocol/http.ts";
import { AccessKeyStore } from "#service/accessKeyStore.ts";
import { anyCredentials } from "#service/authenticate.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import type { Table } from "#table/table.ts";
import { makeAccessKey } from "../support/makeAccessKey.ts";
import { aSecretBox } from "../support/sealing.ts";
import { SeededRandom } from "../support/seededRandom.ts";
import type { SigningIdentity } from "../support/signer.ts";
import { aJsonCall } from "../unit/protocol/aRequest.ts";

const account = "000000000000";
const startMs = Date.UTC(2026, 0, 1);

/** What a caller may come to know of a world, and so what an attacker may use. */
export interface Loot {
  readonly handles: readonly string[];
  readonly taskHandles: readonly string[];
  readonly nextTokens: readonly string[];
}

export interface FuzzWorld {
  readonly loot: Loot;
  /** What the log had to say at the level error. */
  readonly faults: readonly string[];
  /** How often the table was asked so far. */
  readonly tableCalls: () => number;
  /** As anybody. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
  /** As one whose signature is checked. */
  readonly handleSigned: (request: HttpRequest) => Promise<HttpResponse>;
  /** The key that `handleSigned` knows. */
  readonly key: SigningIdentity;
  readonly nowMs: number;
  close(): Promise<void>;
}

/**
 * A service with a few queues and messages, without HTTP around it, in which nobody waits: a timer
 * fires in the next turn and takes the clock with it. Every one is like the other.
 */
export async function aFuzzWorld(table: Table): Promise<FuzzWorld> {
  const faults: string[] = [];
  const clock = hurriedClock();
  const log = jsonLog({ level: "error", clock, write: (line) => faults.push(line) });
  const random = new SeededRandom(1);
  const counted = countingCalls(table);
  let requests = 0;
  const newRequestId = () => {
    requests += 1;
    return `00000000-0000-4000-8000-${String(requests).padStart(12, "0")}`;
  };
  const keys = new AccessKeyStore({ table, clock, random, box: aSecretBox() });
  const key = await makeAccessKey(keys, { account });
  // Signatures are of the moment at which the world began, whatever the hurried clock shows.
  const stopped = { nowMs: () => startMs };
  const service = (authenticate: ReturnType<typeof anyCredentials>) =>
    createQueueService({
      table: counted.table,
      clock,
      random,
      log,
      isRelaxed: true,
      authenticate,
      newRequestId,
    });
  const open = service(anyCredentials({ account }));
  const closed = service(authenticateSigned({ keys, clock: stopped }));
  const { signal } = new AbortController();
  const handle = (request: HttpRequest) => open.handle(request, signal);
  const loot = await furnish(handle);
  return {
    loot,
    faults,
    tableCalls: counted.calls,
    handle,
    handleSigned: (request) => closed.handle(request, signal),
    key,
    nowMs: startMs,
    async close() {
      await open.close();
      await closed.close();
    },
  };
}

function hurriedClock(): Clock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = setImmediate(() => {
        nowMs += Math.max(0, delayMs);
        run();
      });
      return () => clearImmediate(timer);
    },
  };
}

const counted = new Set<PropertyKey>(["get", "getMany", "query", "write", "writeMany", "transact"]);

function countingCalls(table: Table): { readonly table: Table; readonly calls: () => number } {
  let calls = 0;
  const proxy = new Proxy(table, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (counted.has(property)) calls += 1;
      return value.bind(target);
    },
  });
  return { table: proxy, calls: () => calls };
}

async function furnish(handle: FuzzWorld["handle"]): Promise<Loot> {
  const call = async (action: string, input: object): Promise<Record<string, unknown>> => {
    const { status, body } = await handle(aJsonCall(action, input));
    if (status !== 200) throw new Error(`expected ${action} to be done, got ${body}`);
    return body === "" ? {} : JSON.parse(String(body));
  };
  const url = (queue: string) => `http://127.0.0.1:9324/${account}/${queue}`;
  const arn = (queue: string) => `arn:aws:sqs:us-east-1:${account}:${queue}`;
  await call("CreateQueue", { QueueName: "dead" });
  await call("CreateQueue", {
    QueueName: "orders",
    Attributes: {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("dead"), maxReceiveCount: 5 }),
    },
  });
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  await call("CreateQueue", { QueueName: "orders.fifo", Attributes: fifo });
  for (const body of ["one", "two", "three"]) {
    await call("SendMessage", { QueueUrl: url("orders"), MessageBody: body });
    await call("SendMessage", { QueueUrl: url("dead"), MessageBody: body });
    await call("SendMessage", {
      QueueUrl: url("orders.fifo"),
      MessageBody: body,
      MessageGroupId: body,
    });
  }
  const handles: string[] = [];
  for (const queue of ["orders", "orders.fifo"]) {
    const { Messages } = await call("ReceiveMessage", {
      QueueUrl: url(queue),
      MaxNumberOfMessages: 2,
    });
    for (const { ReceiptHandle } of Array.isArray(Messages) ? Messages : []) {
      handles.push(String(ReceiptHandle));
    }
  }
  const { NextToken } = await call("ListQueues", { MaxResults: 1 });
  const { TaskHandle } = await call("StartMessageMoveTask", {
    SourceArn: arn("dead"),
    DestinationArn: arn("orders"),
    MaxNumberOfMessagesPerSecond: 1,
  });
  return { handles, taskHandles: [String(TaskHandle)], nextTokens: [String(NextToken)] };
}

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ActionName, isActionName, operations } from "#contract/operations.ts";
import { routes } from "#protocol/rest/routes.ts";
import type { Item } from "#table/table.ts";
import { MemoryTable } from "../support/memoryTable.ts";
import type { SigningIdentity } from "../support/signer.ts";
import { attempts, type Names, type Own } from "./attempts.ts";
import { type Answer, type Protocol, protocols, TenantWorld } from "./tenantWorld.ts";

const victim = "111122223333";
const intruder = "444455556666";

let table: MemoryTable;
let world: TenantWorld;
let key: SigningIdentity;
let owner: SigningIdentity;
let own: Own;
let theirs: Names;
/** As theirs, but there is no such thing. */
let none: Names;

const addressOf = (account: string, name: string) => ({
  account,
  name,
  url: `http://127.0.0.1:9324/${account}/${name}`,
  arn: `arn:aws:sqs:us-east-1:${account}:${name}`,
});
const taskHandleOf = (taskId: string, sourceArn: string) =>
  Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");

beforeEach(async () => {
  table = new MemoryTable();
  world = new TenantWorld(table);
  owner = await world.keyOf(victim);
  key = await world.keyOf(intruder);
  own = addressOf(intruder, "mine");
  await world.call(key, "CreateQueue", { QueueName: "mine" });
  await furnish(key, own);

  const at = addressOf(victim, "theirs");
  await world.call(owner, "CreateQueue", { QueueName: "theirs", tags: { a: "b" } });
  await furnish(owner, at);
  await world.call(owner, "AddPermission", {
    QueueUrl: at.url,
    Label: "l",
    AWSAccountIds: [victim],
    Actions: ["*"],
  });
  const receiptHandle = await handleOf(owner, at.url);
  const { TaskHandle } = await world.call(owner, "StartMessageMoveTask", {
    SourceArn: at.arn,
    MaxNumberOfMessagesPerSecond: 1,
  });
  theirs = { ...at, receiptHandle, taskHandle: String(TaskHandle) };

  const gone = addressOf(victim, "nobody");
  await world.call(owner, "CreateQueue", { QueueName: "nobody" });
  await world.call(owner, "SendMessage", { QueueUrl: gone.url, MessageBody: "x" });
  none = {
    ...gone,
    receiptHandle: await handleOf(owner, gone.url),
    taskHandle: taskHandleOf(randomUUID(), gone.arn),
  };
  await world.call(owner, "DeleteQueue", { QueueUrl: gone.url });
});
afterEach(() => world.close());

/** Makes a queue the dead-letter queue of another, with messages to move and to receive. */
async function furnish(by: SigningIdentity, at: Own): Promise<void> {
  await world.call(by, "CreateQueue", {
    QueueName: `${at.name}-source`,
    Attributes: {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: at.arn, maxReceiveCount: 1 }),
    },
  });
  for (const body of ["secret-1", "secret-2", "secret-3"]) {
    await world.call(by, "SendMessage", { QueueUrl: at.url, MessageBody: body });
  }
}

async function handleOf(by: SigningIdentity, url: string): Promise<string> {
  const { Messages } = await world.call(by, "ReceiveMessage", { QueueUrl: url });
  const [message] = Array.isArray(Messages) ? Messages : [];
  return message.ReceiptHandle;
}

/** An answer with what was asked for by name taken out of it, so that two can be compared. */
function plain({ status, error, body }: Answer, { name, receiptHandle, taskHandle }: Names) {
  const text = body
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "(id)")
    .replaceAll(receiptHandle, "(handle)")
    .replaceAll(taskHandle, "(task)")
    .replaceAll(name, "(queue)");
  return { status, error, text };
}

/** Whether a protocol can say it: a path names a queue where an action has one. */
function canSay(protocol: Protocol, action: ActionName): boolean {
  if (protocol === "Query by path") return "QueueUrl" in operations[action].input.members;
  return protocol !== "REST" || routes.some((route) => route.action === action);
}

const actions = Object.keys(operations).filter(isActionName);

describe.each(protocols)("over %s, a key of one tenant", (protocol) => {
  it.each(actions.filter((action) => canSay(protocol, action)))(
    "gets from %s with another's names what it would get with names of nothing",
    async (action) => {
      const known = attempts[action](theirs, own);
      const unknown = attempts[action](none, own);
      const before = itemsOf(table);

      for (const [at, input] of known.entries()) {
        const answer = await world.ask(protocol, key, action, input);
        const other = await world.ask(protocol, key, action, unknown[at] ?? {});

        expect(plain(answer, theirs)).toEqual(plain(other, none));
        expect(answer.body).not.toContain("secret-");
        expect(isRefused(action, answer)).toBe(true);
      }

      expect(itemsOf(table)).toEqual(before);
    },
  );

  it.each(actions.filter((action) => canSay(protocol, action)))(
    "gets from %s something else than the owner, who is answered",
    async (action) => {
      const [input = {}] = attempts[action](theirs, own);

      const refused = await world.ask(protocol, key, action, input);
      const answered = await world.ask(protocol, owner, action, input);

      expect(plain(answered, theirs)).not.toEqual(plain(refused, theirs));
      expect(answered.status < 400 || answered.body.includes("already a task running")).toBe(true);
    },
  );
});

/** A list is empty, and of a batch each entry is refused; all else is a refusal. */
function isRefused(action: ActionName, { status, body }: Answer): boolean {
  if (status >= 400) return true;
  if (action === "ListQueues") return !body.includes("theirs");
  return action.endsWith("Batch") && body.includes("ReceiptHandleIsInvalid");
}

function itemsOf(of: MemoryTable): readonly Item[] {
  return [...of.items()];
}

describe("a key of one tenant", () => {
  it("cannot cancel another's task through a handle that names a queue of its own", async () => {
    const { taskId } = JSON.parse(Buffer.from(theirs.taskHandle, "base64").toString());
    const refusals = await Promise.all(
      [taskId, randomUUID()].map((id) =>
        world.ask("JSON", key, "CancelMessageMoveTask", { TaskHandle: taskHandleOf(id, own.arn) }),
      ),
    );

    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]?.status).toBe(404);
  });

  it("makes a queue of its own under the name of another's", async () => {
    const { QueueUrl } = await world.call(key, "CreateQueue", { QueueName: "theirs" });
    const { Messages } = await world.call(key, "ReceiveMessage", { QueueUrl });

    expect(QueueUrl).toContain(intruder);
    expect(Messages).toBe(undefined);
  });

  it("does not let another in by a policy of the queue, which nobody reads yet", async () => {
    const { status } = await world.ask("JSON", key, "SendMessage", {
      QueueUrl: theirs.url,
      MessageBody: "x",
    });

    expect(status).toBe(400);
  });
});

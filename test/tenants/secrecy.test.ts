import { describe, expect, it } from "vitest";
import { type ActionName, isActionName, operations } from "#contract/operations.ts";
import type { Table } from "#table/table.ts";
import { MemoryTable } from "../support/memoryTable.ts";
import type { SigningIdentity } from "../support/signer.ts";
import type { WireInput } from "../support/wireCalls.ts";
import { attempts } from "./attempts.ts";
import { type Answer, protocols, TenantWorld } from "./tenantWorld.ts";

const account = "111122223333";
const url = `http://127.0.0.1:9324/${account}/orders`;
const arn = `arn:aws:sqs:us-east-1:${account}:orders`;
/** Stands in everything that is a customer's own, and nowhere else. */
const mark = "customers-own";

const attributes = {
  a: { DataType: "String", StringValue: mark },
  b: { DataType: "Binary", BinaryValue: Buffer.from(mark).toString("base64") },
};

/** A table that can be made to fail as a database does: with the item on the error, and as its cause. */
class FailingTable {
  readonly table: Table;
  isFailing = false;

  constructor() {
    this.table = new Proxy(new MemoryTable(), {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (!this.isFailing) return value.apply(target, given);
          const cause = Object.assign(new Error("refused"), { input: given });
          throw Object.assign(new Error("the database failed", { cause }), { given });
        };
      },
    });
  }
}

/** Everything an action may be asked with, with the mark in what it sends. */
function markedInputs(action: ActionName, receiptHandle: string): readonly WireInput[] {
  const names = { account, name: "orders", url, arn, receiptHandle, taskHandle: mark.repeat(10) };
  const content = { MessageBody: `${mark} body`, MessageAttributes: attributes };
  switch (action) {
    case "SendMessage":
      return [
        { QueueUrl: url, ...content },
        { QueueUrl: url, ...content, MessageBody: `${mark}\u0000` },
        { QueueUrl: url, ...content, DelaySeconds: 9999 },
        { QueueUrl: `${url}-gone`, ...content },
      ];
    case "SendMessageBatch":
      return [
        { QueueUrl: url, Entries: [{ Id: "1", ...content }] },
        {
          QueueUrl: url,
          Entries: [
            { Id: "1", ...content },
            { Id: "1", ...content },
          ],
        },
      ];
    default:
      return attempts[action](names, { name: "orders", url, arn });
  }
}

async function driveEverything(failing: FailingTable, world: TenantWorld, key: SigningIdentity) {
  const answers: Answer[] = [];
  const handles: string[] = [];
  for (const protocol of protocols) {
    for (const action of Object.keys(operations).filter(isActionName)) {
      for (const isFailing of [false, true]) {
        await world.ask("JSON", key, "CreateQueue", { QueueName: "orders" });
        await world.ask("JSON", key, "SendMessage", { QueueUrl: url, MessageBody: mark });
        const { Messages } = await world.call(key, "ReceiveMessage", { QueueUrl: url });
        const [message] = Array.isArray(Messages) ? Messages : [];
        if (message !== undefined) handles.push(message.ReceiptHandle);
        for (const input of markedInputs(action, message?.ReceiptHandle ?? "x")) {
          failing.isFailing = isFailing;
          answers.push(await world.ask(protocol, key, action, input));
          failing.isFailing = false;
        }
      }
    }
  }
  return { answers, handles };
}

describe("whatever is asked, and whatever fails", () => {
  it("no log has a body, an attribute's value, a handle or a secret, and no fault tells of its cause", async () => {
    const failing = new FailingTable();
    const world = new TenantWorld(failing.table);
    const key = await world.keyOf(account);

    const { answers, handles } = await driveEverything(failing, world, key);
    await world.close();

    const written = world.lines.join("");
    const faults = answers.filter(({ status }) => status >= 500);
    expect(faults.length).toBeGreaterThan(50);
    expect(answers.filter(({ status }) => status < 300).length).toBeGreaterThan(50);
    expect(written).toContain("the database failed");
    const secrets = [mark, Buffer.from(mark).toString("base64"), key.secretAccessKey, ...handles];
    expect(handles.length).toBeGreaterThan(50);
    for (const each of secrets) {
      expect(written).not.toContain(each);
    }
    expect(written).not.toMatch(/Signature=|Bearer /);
    for (const { body } of faults) {
      expect(body).not.toMatch(/the database failed|refused|customers-own|node_modules|lib\//);
    }
  });

  it("no refusal repeats what a message holds", async () => {
    const failing = new FailingTable();
    const world = new TenantWorld(failing.table);
    const key = await world.keyOf(account);
    await world.call(key, "CreateQueue", { QueueName: "orders" });

    const inputs = markedInputs("SendMessage", "x").slice(1);
    const answers = await Promise.all(
      protocols.flatMap((protocol) =>
        inputs.map((input) => world.ask(protocol, key, "SendMessage", input)),
      ),
    );
    await world.close();

    expect(answers.some(({ status }) => status >= 400)).toBe(true);
    for (const { body } of answers) expect(body).not.toContain(mark);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { messageLives } from "../../../functions/api/messageLives.ts";

const key = {
  key: {
    accessKeyId: "MRAKAAAAAAAAAAAAAAAA",
    account: "111122223333",
    isEnabled: true,
    description: undefined,
    policy: { actions: ["*"], queues: ["*"] },
    createdAtMs: 0,
    session: undefined,
  },
  secret: "secret",
  sessionToken: undefined,
};

const answers: Readonly<Record<string, object>> = {
  CreateQueue: { QueueUrl: "https://localhost/111122223333/warm-up" },
  SendMessage: { MessageId: "id" },
  ReceiveMessage: { Messages: [{ ReceiptHandle: "handle" }] },
};

let asked: { readonly action: string; readonly input: unknown }[];

beforeEach(() => {
  asked = [];
});

/** Answers as a service would, and keeps what it was asked. */
async function handle(event: unknown) {
  const { headers, body } = Object(event);
  const action = String(headers["x-amz-target"]).replace("AmazonSQS.", "");
  asked.push({ action, input: JSON.parse(body) });
  const answer = answers[action];
  return {
    statusCode: 200,
    headers: {},
    body: answer === undefined ? "" : JSON.stringify(answer),
    isBase64Encoded: false,
  };
}

const signalOf = (aborts: boolean) => (aborts ? AbortSignal.abort() : new AbortController().signal);

describe("messageLives", () => {
  it("sends, receives and deletes, twice", async () => {
    await messageLives(handle, key, signalOf(false));

    const life = ["SendMessage", "ReceiveMessage", "DeleteMessage"];
    expect(asked.map(({ action }) => action)).toEqual(["CreateQueue", ...life, ...life]);
    expect(asked.at(-1)?.input).toMatchObject({ ReceiptHandle: "handle" });
  });

  it("begins no life once it is to stop", async () => {
    await messageLives(handle, key, signalOf(true));

    expect(asked.map(({ action }) => action)).toEqual(["CreateQueue"]);
  });

  it("rejects when a request is refused", async () => {
    const refuse = async () => ({
      statusCode: 403,
      headers: {},
      body: "no",
      isBase64Encoded: false,
    });

    const lives = messageLives(refuse, key, signalOf(false));

    await expect(lives).rejects.toThrow("expected CreateQueue to succeed, got no");
  });
});

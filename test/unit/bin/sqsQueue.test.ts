import { createServer, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqsQueue, type SqsQueue } from "../../../bin/sqsQueue.ts";
import { listenLocally } from "../../support/localServer.ts";

const patienceMs = 100;

describe("a queue of an SQS endpoint", () => {
  let answer: (response: ServerResponse) => void;
  const server = createServer((_, response) => answer(response));
  let opened: SqsQueue;

  beforeAll(async () => {
    const origin = await listenLocally(server);
    opened = await openSqsQueue(`${origin}/000000000000/orders`, origin, patienceMs);
  });

  afterAll(() => {
    opened.close();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ["a deletion", () => opened.queue.deleteMessageBatch({ Entries: [] }), 3],
    ["a heartbeat", () => opened.queue.changeMessageVisibilityBatch({ Entries: [] }), 3],
    ["a question", () => opened.queue.getQueueAttributes({ AttributeNames: [] }), 3],
    ["a receive", () => receive(0), 1],
  ])("that never answers %s is given up on", async (_, call, attempts) => {
    answer = () => {};

    await expect(call()).rejects.toMatchObject({ name: "TimeoutError", $metadata: { attempts } });
  });

  it("may take as long for a receive as the receive waits", async () => {
    answer = (response) => {
      setTimeout(() => response.end("{}"), 3 * patienceMs);
    };

    await expect(receive(20)).resolves.toEqual({ Messages: [] });
  });

  function receive(WaitTimeSeconds: number) {
    return opened.queue.receiveMessage({ WaitTimeSeconds }, new AbortController().signal);
  }
});

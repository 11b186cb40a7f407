import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { SQS } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listenLocally } from "../../support/localServer.ts";
import { sqsClient } from "../../support/sqsClient.ts";
import { aFolder, MillraceProcess } from "./millraceProcess.ts";

let server: MillraceProcess;
let origin: string;
let sqs: SQS;
let queueUrl: string;
let queues = 0;
const pollers: MillraceProcess[] = [];

beforeAll(async () => {
  server = new MillraceProcess(["--port", "0", "--data", ":memory:"]);
  origin = await server.url;
  sqs = sqsClient(origin);
});

afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  queues += 1;
  const { QueueUrl = "" } = await sqs.createQueue({ QueueName: `orders-${queues}` });
  queueUrl = QueueUrl;
});

afterEach(async () => {
  await Promise.all(pollers.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

/** Polls the queue of this test. */
function millracePoll(...args: readonly string[]): MillraceProcess {
  const queue = ["--queue", `orders-${queues}`];
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...others } = process.env;
  const env = { ...others, MILLRACE_ENDPOINT: origin };
  const poller = new MillraceProcess(["poll", ...queue, ...args], { env });
  pollers.push(poller);
  return poller;
}

async function send(...bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies) await sqs.sendMessage({ QueueUrl: queueUrl, MessageBody });
}

async function counts(): Promise<readonly (string | undefined)[]> {
  const { Attributes } = await sqs.getQueueAttributes({
    QueueUrl: queueUrl,
    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  });
  return [
    Attributes?.["ApproximateNumberOfMessages"],
    Attributes?.["ApproximateNumberOfMessagesNotVisible"],
  ];
}

/** A program for `--exec` that has the event and may set the exit code. */
const program = (code: string): string =>
  `"${process.execPath}" -e '` +
  `let text = ""; process.stdin.on("data", (some) => { text += some; }).on("end", () => {` +
  `const event = JSON.parse(text); ${code} });'`;

describe("millrace poll --exec", () => {
  it("gives a command its events, deletes what it handled, and leaves", async () => {
    await using folder = await aFolder();
    const file = join(folder.path, "event.json");
    await sqs.sendMessage({
      QueueUrl: queueUrl,
      MessageBody: "it's 5 o'clock",
      MessageAttributes: { data: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) } },
    });

    const { code, stdout, stderr } = await millracePoll("--once", "--exec", `cat > "${file}"`)
      .exited;

    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `millrace polls ${queueUrl}\nmillrace received 1: 1 succeeded, 0 failed, 0 given back\n`,
      stderr: "",
    });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({
      Records: [
        {
          body: "it's 5 o'clock",
          messageAttributes: { data: { binaryValue: "AQI=", dataType: "Binary" } },
          eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:orders-${queues}`,
        },
      ],
    });
    expect(await counts()).toEqual(["0", "0"]);
  });

  it("has the messages come again that a command reports, and no others", async () => {
    await send("1", "2", "3");
    const reporting = program(
      "const failed = event.Records.filter(({ body }) => body === `2`);" +
        "console.log(JSON.stringify({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }));",
    );

    const { stdout } = await millracePoll("--once", "--exec", reporting).exited;

    expect(stdout).toContain("received 3: 2 succeeded, 1 failed, 0 given back");
    expect(await counts()).toEqual(["0", "1"]);
  });

  it("prints what a command prints, and takes it for no report", async () => {
    await send("one");

    const { stdout } = await millracePoll("--once", "--exec", "echo all fine").exited;

    expect(stdout).toContain("\nall fine\n");
    expect(await counts()).toEqual(["0", "0"]);
  });

  it.each([
    ["exits", "echo fine", "1 succeeded", ["0", "0"]],
    ["takes too long", "sleep 60", "1 failed", ["0", "1"]],
  ])("waits for nothing that a command which %s leaves running", async (_, ends, said, left) => {
    await using folder = await aFolder();
    const file = join(folder.path, "pid");
    await send("one");
    const command = `setsid sleep 20 2>/dev/null & echo $! > "${file}"; ${ends}`;

    const { stdout } = await millracePoll("--once", "--timeout", "1", "--exec", command).exited;

    expect(stdout).toContain(said);
    expect(await counts()).toEqual(left);
    // It runs still, and so the poll did not wait for it; signalling one that has ended would throw.
    expect(process.kill(Number(await readFile(file, "utf8")), "SIGKILL")).toBe(true);
  });

  it.each([
    ["fails", "exit 3", "exit 3", []],
    ["is not there", "no-such-command-here", "exit 127", []],
    ["takes too long", "sleep 60", "it took too long", ["--timeout", "1"]],
  ])("keeps the messages of a command that %s", async (_, command, reason, more) => {
    await send("one");

    const { code, stderr } = await millracePoll("--once", "--exec", command, ...more).exited;

    expect(code).toBe(0);
    expect(stderr).toContain(`"event":"worker.failed","messages":1,"reason":"${reason}"`);
    expect(await counts()).toEqual(["0", "1"]);
  });
});

describe("millrace poll --url", () => {
  let worker: Server;
  let url: string;
  let answer: (event: unknown, response: ServerResponse) => void;

  beforeAll(async () => {
    worker = createServer((request, response) => {
      void json(request).then((event) => answer(event, response));
    });
    url = `${await listenLocally(worker)}/work`;
  });

  afterAll(() => {
    worker.close();
  });

  it("posts events, and deletes what was answered with a success", async () => {
    await send("one", "two");
    const events: unknown[] = [];
    answer = (event, response) => {
      events.push(event);
      response.writeHead(204).end();
    };

    await millracePoll("--once", "--url", url).exited;

    expect(events).toMatchObject([{ Records: [{ body: "one" }, { body: "two" }] }]);
    expect(await counts()).toEqual(["0", "0"]);
  });

  it("honours a report of failures", async () => {
    await send("one");
    answer = (event, response) => {
      const [{ messageId }] = (event as { Records: [{ messageId: string }] }).Records;
      response.end(JSON.stringify({ batchItemFailures: [{ itemIdentifier: messageId }] }));
    };

    await millracePoll("--once", "--url", url).exited;

    expect(await counts()).toEqual(["0", "1"]);
  });

  it("takes an error for a failure", async () => {
    await send("one");
    answer = (_, response) => response.writeHead(500).end();

    const { stderr } = await millracePoll("--once", "--url", url).exited;

    expect(stderr).toContain('"reason":"status 500"');
    expect(await counts()).toEqual(["0", "1"]);
  });

  it("holds messages for a worker that is busy, at no cost to their receive count", async () => {
    await send("one");
    const receiveCounts: string[] = [];
    answer = (event, response) => {
      const [{ attributes }] = (
        event as { Records: [{ attributes: { ApproximateReceiveCount: string } }] }
      ).Records;
      receiveCounts.push(attributes.ApproximateReceiveCount);
      if (receiveCounts.length > 1) response.end();
      else response.writeHead(503, { "Retry-After": "1" }).end();
    };

    const { stdout } = await millracePoll("--once", "--url", url).exited;

    expect(stdout).toContain("received 1: 1 succeeded");
    expect(receiveCounts).toEqual(["1", "1"]);
  });
});

describe("millrace poll, told to stop", () => {
  it.each<NodeJS.Signals>(["SIGTERM", "SIGINT"])(
    "by %s finishes what runs, and exits 0",
    async (signal) => {
      await using folder = await aFolder();
      const begun = join(folder.path, "begun");
      await send("one");
      const poller = millracePoll("--exec", `touch "${begun}"; sleep 1`);
      await untilThere(begun);

      poller.signal(signal);
      const { code, stdout } = await poller.exited;

      expect(code).toBe(0);
      expect(stdout).toContain("received 1: 1 succeeded, 0 failed, 0 given back");
      expect(await counts()).toEqual(["0", "0"]);
    },
  );

  it("ends what runs for longer than the grace period, and gives its messages back", async () => {
    await using folder = await aFolder();
    const begun = join(folder.path, "begun");
    await send("one");
    const poller = millracePoll("--grace", "0", "--exec", `touch "${begun}"; sleep 60`);
    await untilThere(begun);

    poller.signal("SIGTERM");
    const { code } = await poller.exited;

    expect(code).toBe(0);
    expect(await counts()).toEqual(["1", "0"]);
  });

  it("ends a receive that waits", async () => {
    const poller = millracePoll("--exec", "cat");
    await poller.said(/^millrace polls /m);

    poller.signal("SIGTERM");

    expect(await poller.exited).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("millrace poll, which cannot", () => {
  it("says everything that is wrong with its flags", async () => {
    const { code, stderr } = await millracePoll("--batch-size", "0", "--excec", "cat").exited;

    expect(code).toBe(1);
    expect(stderr).toBe(
      "millrace: expected a flag that poll --help names, got --excec\n" +
        "millrace: expected flags only after poll, got cat\n" +
        "millrace: expected one of --exec and --url, got neither\n" +
        "millrace: expected --batch-size to be 1 to 10000, got 0\n",
    );
  });

  it("says that there is no such queue", async () => {
    const { code, stderr } = await millracePoll("--queue", "nowhere", "--exec", "cat").exited;

    expect([code, stderr]).toEqual([
      1,
      "millrace: cannot poll nowhere: The specified queue does not exist.\n",
    ]);
  });

  it("says that nobody answers", async () => {
    const nobody = ["--endpoint", "http://127.0.0.1:1"];

    const { code, stderr } = await millracePoll(...nobody, "--exec", "cat").exited;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^millrace: cannot poll orders-\d+: .*ECONNREFUSED.*\n$/);
  });

  it("answers --help", async () => {
    const { code, stdout } = await millracePoll("--help").exited;

    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: millrace poll --queue NAME --exec COMMAND/);
  });
});

/** Looks often for a file that another process makes. */
async function untilThere(path: string): Promise<void> {
  await expect
    .poll(
      () =>
        readFile(path).then(
          () => true,
          () => false,
        ),
      { timeout: 15_000 },
    )
    .toBe(true);
}

import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { Peer } from "../transport/peer.ts";
import { aFolder, call, MillraceProcess, type ProcessOptions } from "./millraceProcess.ts";

const processes: MillraceProcess[] = [];

function millrace(args: readonly string[], options?: ProcessOptions): MillraceProcess {
  const started = new MillraceProcess(args, options);
  processes.push(started);
  return started;
}

const inMemory = ["--port", "0", "--data", ":memory:"];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

const portOf = (url: string): number => Number(new URL(url).port);

/** Begins a request, and answers once the server has taken it. Its body is still to be sent. */
async function aRequestWithout(body: string, url: string, action: string): Promise<Peer> {
  const peer = await Peer.connect(portOf(url));
  const headers = [
    `X-Amz-Target: AmazonSQS.${action}`,
    "Expect: 100-continue",
    `Content-Length: ${body.length}`,
  ];
  peer.send("POST / HTTP/1.1", "Host: x", ...headers, "", "");
  await peer.receive(/100 Continue/);
  return peer;
}

describe("millrace", () => {
  it("says in one line where it is ready, and is", async () => {
    const started = millrace(inMemory);

    const url = await started.url;
    const health = await fetch(`${url}/health`);
    started.signal("SIGTERM");
    const { code, stdout, stderr } = await started.exited;

    expect(await health.json()).toEqual({ status: "ok" });
    expect(stdout).toBe(
      `Millrace ${packageJson.version} accepts any credentials: do not expose it.\n` +
        `millrace is ready at ${url} (data in memory only)\n`,
    );
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("does nothing for a page of another site, nor under a stranger's name", async () => {
    const url = await millrace(inMemory).url;
    const create = "/?Action=CreateQueue&QueueName=orders";

    const ofPage = await fetch(url + create, { headers: { Origin: "https://evil.example" } });
    const peer = await Peer.connect(portOf(url));
    peer.send(`GET ${create} HTTP/1.1`, "Host: evil.example", "", "");

    const ofImage = await fetch(url + create, { headers: { "User-Agent": "Mozilla/5.0 (X11)" } });

    expect([ofPage.status, ofImage.status]).toEqual([403, 403]);
    await peer.receive(/403 Forbidden[\s\S]*AccessDenied/);
    expect(await call(url, "ListQueues", {})).toEqual({});
  });

  it("takes a bare start and its settings from the command line", async () => {
    const started = millrace(["start", ...inMemory, "--account", "123456789012"]);
    const url = await started.url;

    const answer = await call(url, "CreateQueue", { QueueName: "orders" });

    expect(answer).toEqual({ QueueUrl: `${url}/123456789012/orders` });
  });

  it("keeps the queues of a folder from one start to the next", async () => {
    await using folder = await aFolder();
    const args = ["--port", "0", "--data", join(folder.path, "made", "for", "it")];
    const first = millrace(args);
    await call(await first.url, "CreateQueue", { QueueName: "orders" });
    first.signal("SIGTERM");
    await first.exited;

    const second = millrace(args);
    const url = await second.url;
    const answer = await call(url, "GetQueueUrl", { QueueName: "orders" });

    expect(answer).toEqual({ QueueUrl: `${url}/000000000000/orders` });
  });

  it("warns when others can reach it", async () => {
    const started = millrace([...inMemory, "--host", "0.0.0.0"]);
    const url = await started.url;
    started.signal("SIGTERM");

    const { stderr } = await started.exited;

    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(JSON.parse(stderr)).toMatchObject({ event: "host.exposed", host: "0.0.0.0" });
  });

  it("logs each request at the level debug, without its body", async () => {
    const started = millrace([...inMemory, "--log-level", "debug"]);
    await call(await started.url, "CreateQueue", { QueueName: "orders" });
    started.signal("SIGTERM");

    const { stderr } = await started.exited;

    expect(JSON.parse(stderr)).toMatchObject({
      level: "debug",
      event: "request.answered",
      target: "AmazonSQS.CreateQueue",
      status: 200,
    });
    expect(stderr).not.toContain("orders");
  });
});

describe("millrace, told to stop", () => {
  it.each<NodeJS.Signals>(["SIGTERM", "SIGINT"])(
    "by %s answers a receive that waits, and exits 0",
    async (signal) => {
      const started = millrace(inMemory);
      const url = await started.url;
      await call(url, "CreateQueue", { QueueName: "orders" });
      const body = JSON.stringify({ QueueUrl: "orders", WaitTimeSeconds: 20 });
      const receive = await aRequestWithout(body, url, "ReceiveMessage");

      receive.send(body);
      started.signal(signal);

      expect(await receive.closed()).toMatch(/HTTP\/1.1 200 OK.*Connection: close.*\{\}$/s);
      expect(await started.exited).toMatchObject({ code: 0, stderr: "" });
    },
  );

  it("twice does not wait for requests that are not answered yet", async () => {
    const started = millrace(inMemory);
    await aRequestWithout("{}", await started.url, "ListQueues");

    started.signal("SIGTERM");
    started.signal("SIGINT");

    expect(await started.exited).toMatchObject({ code: 1, stderr: "" });
  });
});

describe("millrace, which cannot start", () => {
  it("says everything that is wrong with its settings", async () => {
    const { exited } = millrace(["--port", "abc", "--acount", "1"]);

    expect(await exited).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "millrace: expected a flag that --help names, got --acount\n" +
        "millrace: expected --port to be 0 to 65535, got abc\n",
    });
  });

  it("says in one line that its port is in use", async () => {
    const port = String(portOf(await millrace(inMemory).url));

    const { exited } = millrace(["--port", port, "--data", ":memory:"]);

    expect(await exited).toEqual({
      code: 1,
      stdout: "",
      stderr: `millrace: cannot start: cannot listen on 127.0.0.1:${port}: the port is in use\n`,
    });
  });

  it("says in one line that its folder is in use", async () => {
    await using folder = await aFolder();
    const args = ["--port", "0", "--data", folder.path];
    await millrace(args).url;

    const { exited } = millrace(args);

    expect(await exited).toEqual({
      code: 1,
      stdout: "",
      stderr: `millrace: cannot start: ${folder.path}/millrace.db is in use by another process\n`,
    });
  });

  it.each([
    ["package.json/x", /^millrace: cannot start: cannot open package\.json\/x\/.*\n$/],
    // Linux says of a folder to be made there that it does not exist.
    ["/proc/x/y", /^millrace: cannot start: cannot open \/proc\/x\/y\/.*\n$/],
    ["/dev/null", /^millrace: cannot start: cannot open \/dev\/null\/.*\n$/],
  ])("says in one line that its folder cannot be made: %s", async (folder, line) => {
    const { code, stdout, stderr } = await millrace(["--port", "0", "--data", folder]).exited;

    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(line);
  });

  it("says which Node it needs", async () => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '22.1.0' })";

    const { exited } = millrace(["--help"], {
      nodeArgs: ["--import", `data:text/javascript,${older}`],
    });

    const { code, stdout, stderr } = await exited;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^millrace needs Node 24 or later, this is v22\.1\.0 \(.*\)\n$/);
  });
});

describe("millrace, asked about itself", () => {
  it.each([
    ["--help", /^Usage: millrace \[start\] \[flags\]\n/],
    ["--version", /^\d+\.\d+\.\d+\n$/],
  ])("answers %s", async (flag, text) => {
    const { code, stdout, stderr } = await millrace([flag]).exited;

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(text);
  });
});

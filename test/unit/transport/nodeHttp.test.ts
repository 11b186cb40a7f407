import { SQS } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, it } from "vitest";
import type {
  HangUp,
  TransportHandle,
  TransportRequest,
  TransportResponse,
} from "#transport/http.ts";
import { type NodeHttpOptions, type NodeHttpServer, serveNodeHttp } from "#transport/nodeHttp.ts";
import { stillHeld } from "../../support/stillHeld.ts";
import { Peer } from "./peer.ts";

const fine: TransportResponse = { status: 200, headers: {}, body: "fine" };

const servers: NodeHttpServer[] = [];

async function aServer(handle: TransportHandle, said: Partial<NodeHttpOptions> = {}) {
  const faults: unknown[] = [];
  const server = await serveNodeHttp({
    handle,
    host: "127.0.0.1",
    port: 0,
    requestBytesMax: 1000,
    onFault: (error) => faults.push(error),
    drainMsMax: 10_000,
    ...said,
  });
  servers.push(server);
  return { server, faults, peer: () => Peer.connect(server.port) };
}

function anSqsClient(endpoint: string, maxAttempts: number): SQS {
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  return new SQS({ endpoint, region: "us-east-1", credentials, maxAttempts });
}

/** A handle that holds every request until the test answers it. */
function holding() {
  const asked: { request: TransportRequest; signal: HangUp; answer: () => void }[] = [];
  const waiting: (() => void)[] = [];
  const handle: TransportHandle = (request, signal) =>
    new Promise((resolve) => {
      asked.push({ request, signal, answer: () => resolve(fine) });
      for (const wake of waiting.splice(0)) wake();
    });
  const nth = async (index: number) => {
    let found = asked[index];
    while (found === undefined) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      found = asked[index];
    }
    return found;
  };
  return { handle, asked, nth };
}

/** Resolves once the caller has hung up. */
function abortOf(signal: HangUp): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", resolve));
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const head = (path = "/", ...headers: string[]) => [`POST ${path} HTTP/1.1`, "Host: x", ...headers];

describe("serveNodeHttp", () => {
  it("hands over a request in plain parts and writes the answer", async () => {
    const { handle, nth } = holding();
    const { server } = await aServer(handle);
    const url = `http://127.0.0.1:${server.port}/a/%62?c=%64&e`;
    const answering = fetch(url, { method: "POST", headers: { "X-Amz-Target": "T" }, body: "é" });

    const { request, answer } = await nth(0);
    answer();
    const response = await answering;

    expect(request).toMatchObject({
      method: "POST",
      scheme: "http",
      path: "/a/%62",
      query: "c=%64&e",
      headers: { "x-amz-target": "T", host: `127.0.0.1:${server.port}` },
    });
    expect(Buffer.from(request.body).toString()).toBe("é");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("4");
    expect(response.headers.get("date")).not.toBeNull();
    expect(await response.text()).toBe("fine");
  });

  it("hands over a header that came twice as a list, and the others as they are", async () => {
    const { handle, nth } = holding();
    const { peer } = await aServer(handle);
    const caller = await peer();

    caller.send(...head("/", "X-A: one", "X-B: b", "x-a: two,three", "Cookie: c"), "", "");
    const { request, answer } = await nth(0);
    answer();

    expect(request.headers).toEqual({
      host: "x",
      "x-a": ["one", "two,three"],
      "x-b": "b",
      cookie: "c",
    });
  });

  it.each([
    ["text beyond ASCII", "é€😀", 9],
    ["bytes", Uint8Array.of(0, 255), 2],
    ["nothing", "", 0],
  ])("writes a body of %s with its length", async (_name, body, length) => {
    const { server } = await aServer(async () => ({ status: 418, headers: { A: "b" }, body }));

    const response = await fetch(`http://127.0.0.1:${server.port}/`);

    expect([response.status, response.headers.get("a")]).toEqual([418, "b"]);
    expect(response.headers.get("content-length")).toBe(String(length));
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from(body));
  });

  it("serves one request after the other on a connection", async () => {
    const { peer } = await aServer(async ({ path }) => ({ ...fine, body: path }));
    const caller = await peer();

    caller.send(...head("/one"), "", "");
    await caller.receive(/\/one$/);
    caller.send(...head("/two"), "", "");

    expect(await caller.receive(/\/two$/)).toMatch(/Connection: keep-alive/i);
  });

  it("joins a body that comes in many pieces", async () => {
    const body = Buffer.alloc(5_000_000, "0123456789");
    const { server } = await aServer(async (request) => ({ ...fine, body: request.body }), {
      requestBytesMax: body.length,
    });

    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body });

    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  it("answers 500, and tells, when the handle rejects", async () => {
    const { server, faults } = await aServer(() => Promise.reject(new Error("broken")));

    const response = await fetch(`http://127.0.0.1:${server.port}/`);

    expect([response.status, await response.text()]).toEqual([500, ""]);
    expect(faults).toEqual([new Error("broken")]);
  });

  it.each([
    ["no HTTP", ["hello", "", ""], "400"],
    ["no host", ["GET / HTTP/1.1", "", ""], "400"],
    ["two lengths", [...head(), "Content-Length: 1", "Content-Length: 2", "", ""], "400"],
    [
      "a length and chunks",
      [...head(), "Content-Length: 1", "Transfer-Encoding: chunked", "", ""],
      "400",
    ],
    ["a chunk that is none", [...head(), "Transfer-Encoding: chunked", "", "zz", ""], "400"],
    ["endless headers", [...head("/", `A: ${"a".repeat(20_000)}`), "", ""], "431"],
  ])("refuses %s and closes", async (_name, lines, status) => {
    const { handle, asked } = holding();
    const { peer } = await aServer(handle);
    const caller = await peer();

    caller.send(...lines);

    expect(await caller.closed()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(asked).toEqual([]);
  });

  it("says in one line that a port is in use", async () => {
    const { server } = await aServer(async () => fine);

    const second = aServer(async () => fine, { port: server.port });

    await expect(second).rejects.toThrow(
      `cannot listen on 127.0.0.1:${server.port}: the port is in use`,
    );
  });

  it("says in one line that an address is not ours", async () => {
    const second = aServer(async () => fine, { host: "203.0.113.1" });

    await expect(second).rejects.toThrow(
      "cannot listen on 203.0.113.1:0: this machine has no such address",
    );
  });
});

describe("serveNodeHttp, a body beyond the bound", () => {
  it("is refused before a byte of it was sent, if its length is announced", async () => {
    const { handle, asked } = holding();
    const { peer } = await aServer(handle);
    const caller = await peer();

    caller.send(...head("/", "Content-Length: 1001"), "", "");

    const answer = await caller.receive(/\r\n\r\n/);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/Connection: close/);
    expect(asked).toEqual([]);
  });

  it("may be as long as the bound", async () => {
    const { peer } = await aServer(async ({ body }) => ({ ...fine, body: `${body.byteLength}` }));
    const caller = await peer();

    caller.send(...head("/", "Content-Length: 1000"), "", "a".repeat(1000));

    expect(await caller.receive(/1000$/)).toMatch(/^HTTP\/1.1 200 /);
  });

  it("is answered, and the connection closed, while the caller still sends", async () => {
    const { handle, asked } = holding();
    const { peer } = await aServer(handle);
    const caller = await peer();
    const chunk = `3e8\r\n${"a".repeat(1000)}\r\n`;

    caller.send(...head("/", "Transfer-Encoding: chunked"), "", chunk);
    caller.send(chunk);
    await caller.receive(/^HTTP\/1.1 413 .*Connection: close.*\r\n\r\n$/s);
    caller.send(chunk);
    caller.send("0\r\n\r\n");

    expect(await caller.closed()).toMatch(/^HTTP\/1.1 413 /);
    expect(asked).toEqual([]);
  });

  it("is not kept, however much of it comes", async () => {
    const { peer } = await aServer(async () => fine);
    const caller = await peer();
    const piece = Buffer.alloc(1_000_000, "a");
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;

    caller.send(...head("/", "Transfer-Encoding: chunked"), "", "");
    for (let sent = 0; sent < 400 && !caller.socket.destroyed; sent += 1) {
      caller.socket.write(`${piece.length.toString(16)}\r\n`);
      caller.socket.write(piece);
      if (!caller.socket.write("\r\n")) await caller.drained();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    caller.send("0\r\n\r\n");

    expect(await caller.closed()).toMatch(/^HTTP\/1.1 413 /);
    expect(most).toBeLessThan(150_000_000);
  });

  it("is not asked for by 100 Continue", async () => {
    const { peer } = await aServer(async () => fine);
    const caller = await peer();

    caller.send(...head("/", "Expect: 100-continue", "Content-Length: 1001"), "", "");

    expect(await caller.receive(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("is asked for by 100 Continue if it is short enough", async () => {
    const { peer } = await aServer(async ({ body }) => ({ ...fine, body }));
    const caller = await peer();

    caller.send(...head("/", "Expect: 100-continue", "Content-Length: 5"), "", "");
    await caller.receive(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    caller.send("hello");

    expect(await caller.receive(/hello$/)).toMatch(/HTTP\/1.1 200 /);
  });
});

describe("serveNodeHttp, more than it can take", () => {
  const retried = /^HTTP\/1\.1 503 .*Retry-After: 1\r\n/s;

  it("answers what is beyond its requests at once with 503, and serves again when one has ended", async () => {
    const { handle, asked, nth } = holding();
    const { peer } = await aServer(handle, { load: { requestsMax: 2 } });
    const [first, second, third] = [await peer(), await peer(), await peer()];

    first.send(...head(), "Content-Length: 0", "", "");
    second.send(...head(), "Content-Length: 0", "", "");
    await nth(1);
    third.send(...head(), "Content-Length: 3", "", "abc");
    expect(await third.closed()).toMatch(retried);
    expect(asked.length).toBe(2);

    (await nth(0)).answer();
    await first.receive(/fine$/);
    const fourth = await peer();
    fourth.send(...head(), "Content-Length: 0", "", "");
    (await nth(2)).answer();
    expect(await fourth.receive(/fine$/)).toContain("200 OK");
    (await nth(1)).answer();
  });

  it("is tried again by AWS's client", async () => {
    const { handle, asked, nth } = holding();
    const { server, peer } = await aServer(handle, { load: { requestsMax: 1 } });
    const busy = await peer();
    busy.send(...head(), "Content-Length: 0", "", "");
    const { answer } = await nth(0);
    const client = anSqsClient(`http://127.0.0.1:${server.port}`, 10);
    let refusals = 0;
    client.middlewareStack.add(
      (next) => async (request) => {
        const sent = next(request);
        sent.catch(() => {
          refusals += 1;
          answer();
        });
        return await sent;
      },
      { step: "finalizeRequest", priority: "low" },
    );

    const listed = client.listQueues({}).catch((error: unknown) => error);
    (await nth(1)).answer();
    await listed;
    client.destroy();

    expect(refusals).toBeGreaterThan(0);
    expect(asked.length).toBe(2);
  });

  it("takes on no more of one address, whatever else there is room for, until one has ended", async () => {
    const { handle, asked, nth } = holding();
    const { server } = await aServer(handle, { load: { clientRequestsMax: 1 }, host: "0.0.0.0" });
    const [busy, again] = [await Peer.connect(server.port), await Peer.connect(server.port)];
    const other = await Peer.connect(server.port, "127.0.0.2");

    busy.send(...head(), "Content-Length: 0", "", "");
    await nth(0);
    again.send(...head(), "Content-Length: 0", "", "");
    expect(await again.closed()).toMatch(retried);
    other.send(...head(), "Content-Length: 0", "", "");
    (await nth(1)).answer();
    expect(await other.receive(/fine$/)).toContain("200 OK");

    (await nth(0)).answer();
    await busy.receive(/fine$/);
    const later = await Peer.connect(server.port);
    later.send(...head(), "Content-Length: 0", "", "");
    (await nth(2)).answer();
    expect(await later.receive(/fine$/)).toContain("200 OK");
    expect(asked.length).toBe(3);
  });

  it("holds no more bytes of bodies than it may, and lets go of them with their request", async () => {
    const { handle, nth } = holding();
    const { peer } = await aServer(handle, { load: { bodyBytesMax: 1000 } });
    const [first, second] = [await peer(), await peer()];

    first.send(...head(), "Content-Length: 900", "", "x".repeat(900));
    const { answer } = await nth(0);
    second.send(...head(), "Content-Length: 200", "", "x".repeat(200));
    expect(await second.closed()).toMatch(retried);
    answer();
    await first.receive(/fine$/);

    const third = await peer();
    third.send(...head(), "Content-Length: 900", "", "x".repeat(900));
    (await nth(1)).answer();
    expect(await third.receive(/fine$/)).toContain("200 OK");
  });

  it("lets go of the bytes of a caller that hung up", async () => {
    const { handle, nth } = holding();
    const { peer } = await aServer(handle, { load: { bodyBytesMax: 1000 } });
    const first = await peer();
    first.send(...head(), "Content-Length: 900", "", "x".repeat(900));
    const { signal } = await nth(0);
    const gone = abortOf(signal);
    first.socket.destroy();
    await gone;

    const second = await peer();
    second.send(...head(), "Content-Length: 900", "", "x".repeat(900));
    (await nth(1)).answer();

    expect(await second.receive(/fine$/)).toContain("200 OK");
  });

  it.each([
    ["requests", { requestsMax: 10 }, /^HTTP\/1\.1 503 /],
    ["connections", { connectionsMax: 10 }, /^$/],
  ])("leaves of its %s the last for another address", async (_what, load, refused) => {
    const { handle, asked, nth } = holding();
    const { server } = await aServer(handle, { load, host: "0.0.0.0" });
    const ask = (caller: Peer) => caller.send(...head(), "Content-Length: 0", "", "");
    for (let index = 0; index < 9; index += 1) {
      ask(await Peer.connect(server.port));
      await nth(index);
    }

    const tenth = await Peer.connect(server.port);
    ask(tenth);
    expect(await tenth.closed()).toMatch(refused);
    const other = await Peer.connect(server.port, "127.0.0.2");
    ask(other);
    (await nth(9)).answer();

    expect(await other.receive(/fine$/)).toContain("200 OK");
    for (const { answer } of asked) answer();
  });

  it("leaves half of its room for bodies to others than one address with stalled uploads", async () => {
    const { handle, nth } = holding();
    const load = { bodyBytesMax: 1000 };
    const { server } = await aServer(handle, { load, host: "0.0.0.0" });
    const upload = (caller: Peer, bytes: number) =>
      caller.send(...head(), "Content-Length: 300", "", "x".repeat(bytes));
    const stalled = [await Peer.connect(server.port), await Peer.connect(server.port)];
    for (const caller of stalled) {
      caller.send(...head(), "Expect: 100-continue", "Content-Length: 300", "", "");
      await caller.receive(/100 Continue/);
      caller.send("x".repeat(280));
    }
    const third = await Peer.connect(server.port);
    upload(third, 100);
    expect(await third.closed()).toMatch(retried);

    const other = await Peer.connect(server.port, "127.0.0.2");
    upload(other, 300);
    (await nth(0)).answer();

    expect(await other.receive(/fine$/)).toContain("200 OK");
    for (const caller of stalled) caller.socket.destroy();
  });

  it("gives one address no more room for bodies than it is told", async () => {
    const { handle } = holding();
    const { peer } = await aServer(handle, { load: { clientBodyBytesMax: 299 } });
    const caller = await peer();
    caller.send(...head(), "Content-Length: 300", "", "x".repeat(300));

    expect(await caller.closed()).toMatch(retried);
  });

  it("cuts off an upload that stands still, and lets go of it", async () => {
    const { handle, nth } = holding();
    const load = { bodyBytesMax: 1000 };
    const { peer } = await aServer(handle, { load, uploadCheckMs: 20 });
    const stalled = await peer();
    stalled.send(...head(), "Content-Length: 1000", "", "x".repeat(900));
    expect(await stalled.receive(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 408 .*Connection: close/s);

    const next = await peer();
    next.send(...head(), "Content-Length: 900", "", "x".repeat(900));
    (await nth(0)).answer();

    expect(await next.receive(/fine$/)).toContain("200 OK");
    stalled.socket.destroy();
  });

  it("does not take a request that waits for its answer for an upload", async () => {
    const { handle, nth } = holding();
    const { peer } = await aServer(handle, { uploadCheckMs: 1 });
    const [waiting, stalled] = [await peer(), await peer()];
    waiting.send(...head(), "Content-Length: 3", "", "abc");
    const { answer } = await nth(0);
    stalled.send(...head(), "Content-Length: 3", "", "ab");
    await stalled.receive(/408/);
    answer();

    expect(await waiting.receive(/fine$/)).toContain("200 OK");
    stalled.socket.destroy();
  });

  it("closes connections beyond its bound, and serves those that it has", async () => {
    const { peer } = await aServer(async () => fine, { load: { connectionsMax: 1 } });
    const first = await peer();
    const second = await peer();

    expect(await second.closed()).toBe("");
    first.send(...head(), "Content-Length: 0", "", "");
    expect(await first.receive(/fine$/)).toContain("200 OK");
  });

  it.each([
    ["headers", ["POST / HTTP/1.1", "Host: x", "X-Slow: "]],
    ["a body", [...head(), "Content-Length: 100", "", "x"]],
  ])("cuts off who sends %s too slowly", async (_what, lines) => {
    const timeouts = { headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 20 };
    const { peer } = await aServer(async () => fine, { timeouts });
    const slow = await peer();
    slow.send(...lines);

    expect(await slow.closed()).toContain("408 Request Timeout");
  });

  it("refuses headers that are too long", async () => {
    const { peer } = await aServer(async () => fine);
    const long = await peer();
    long.send(...head("/", `X-Long: ${"x".repeat(20_000)}`), "", "");

    expect(await long.closed()).toContain("431 Request Header Fields Too Large");
  });
});

describe("serveNodeHttp, many requests on a connection", () => {
  it("keeps none of those that it has answered, though they were pipelined", async () => {
    const bodies: WeakRef<object>[] = [];
    const { peer } = await aServer(async ({ path, body }) => {
      bodies.push(new WeakRef(body.buffer));
      return { ...fine, body: path };
    });
    const caller = await peer();
    const requests = 500;
    const ask = (path: string) => [...head(path), "Content-Length: 4", "", "body"].join("\r\n");

    for (let sent = 0; sent < requests; sent += 10) {
      caller.send(ask("/").repeat(9) + ask(`/${sent}`));
      await caller.receive(new RegExp(`/${sent}$`));
    }

    expect(bodies).toHaveLength(requests);
    expect(await stillHeld(bodies)).toBeLessThan(60);
    expect(caller.socket.destroyed).toBe(false);
  });
});

describe("serveNodeHttp, a caller that asks for much in few bytes", () => {
  const tiny = "1\r\nx\r\n";

  it("is cut off when it has too many requests on their way on one connection", async () => {
    const { handle, asked, nth } = holding();
    const { peer, server } = await aServer(handle);
    const [greedy, modest] = [await peer(), await peer()];
    const one = [...head(), "", ""].join("\r\n");

    modest.send(one.repeat(16));
    await nth(15);
    greedy.send(one.repeat(1000));
    expect(await greedy.closed()).toBe("");
    const answered = modest.receive(/fine$/);
    for (const { answer } of asked) answer();
    await answered;
    await server.close();

    expect((await modest.closed()).match(/200 OK/g)).toHaveLength(16);
    expect(asked.length).toBeLessThanOrEqual(32);
  });

  it("is cut off in a body of tiny pieces", async () => {
    const { handle, asked } = holding();
    const { peer } = await aServer(handle, { requestBytesMax: 10_000 });
    const caller = await peer();

    caller.send(...head("/", "Transfer-Encoding: chunked"), "", tiny.repeat(1002));

    expect(await caller.closed()).toBe("");
    expect(asked).toEqual([]);
  });

  it("may send a body of some hundred pieces", async () => {
    const { peer } = await aServer(async ({ body }) => ({ ...fine, body: `${body.byteLength}` }));
    const caller = await peer();

    caller.send(...head(), "Transfer-Encoding: chunked", "", `${tiny.repeat(999)}0`, "", "");

    expect(await caller.receive(/999$/)).toContain("200 OK");
  });
});

describe("serveNodeHttp, a caller that hangs up", () => {
  it("aborts the signal of its request, which is then not answered", async () => {
    const { handle, nth } = holding();
    const { peer, faults, server } = await aServer(handle);
    const caller = await peer();
    caller.send(...head(), "", "");
    const { signal, answer } = await nth(0);

    caller.socket.destroy();
    await abortOf(signal);
    answer();
    await server.close();

    expect(faults).toEqual([]);
  });

  it("aborts the signals of all that it has sent in one go", async () => {
    const { handle, nth } = holding();
    const { peer } = await aServer(handle);
    const caller = await peer();
    caller.send(...head("/one"), "", ...head("/two"), "", "");
    const [one, two] = [await nth(0), await nth(1)];

    const aborted = Promise.all([abortOf(one.signal), abortOf(two.signal)]);
    caller.socket.destroy();

    await expect(aborted).resolves.toHaveLength(2);
  });

  it("does not abort the signal of a request that was answered", async () => {
    const { handle, nth } = holding();
    const { peer, server } = await aServer(handle);
    const caller = await peer();
    caller.send(...head(), "", "");
    const { signal, answer } = await nth(0);

    answer();
    await caller.receive(/fine$/);
    caller.socket.destroy();
    await server.close();

    expect(signal.aborted).toBe(false);
  });

  it("in the middle of a body is not heard, and holds up nothing", async () => {
    const { handle, asked } = holding();
    const { peer, server } = await aServer(handle);
    const caller = await peer();

    caller.send(...head("/", "Expect: 100-continue", "Content-Length: 5"), "", "");
    await caller.receive(/100 Continue/);
    caller.send("he");
    caller.socket.destroy();
    await server.close();

    expect(asked).toEqual([]);
  });
});

describe("serveNodeHttp, close", () => {
  it("lets running requests answer, says so, and takes no more", async () => {
    const { handle, nth } = holding();
    const { peer, server } = await aServer(handle);
    const caller = await peer();
    caller.send(...head(), "", "");
    const { answer } = await nth(0);

    const closing = server.close();
    await expect(peer()).rejects.toThrow("ECONNREFUSED");
    answer();
    await closing;

    expect(await caller.closed()).toMatch(/^HTTP\/1.1 200 .*Connection: close.*fine$/s);
  });

  it("closes connections that are idle, that were never used, and that are half a request", async () => {
    const { peer, server } = await aServer(async () => fine);
    const [idle, unused, half] = [await peer(), await peer(), await peer()];
    idle.send(...head(), "", "");
    await idle.receive(/fine$/);
    half.send("POST / HTTP/1.1\r\nHos");

    await server.close();

    await Promise.all([idle.closed(), unused.closed(), half.closed()]);
  });

  it("waits no longer than it is told for a request that does not end", async () => {
    const { handle, nth } = holding();
    const { peer, server } = await aServer(handle, { drainMsMax: 10 });
    const caller = await peer();
    caller.send(...head(), "", "");
    const { signal } = await nth(0);
    const aborted = abortOf(signal);

    await server.close();

    expect(await caller.closed()).toBe("");
    await expect(aborted).resolves.toBeUndefined();
  });

  it("may be called again", async () => {
    const { server } = await aServer(async () => fine);

    await server.close();

    await expect(server.close()).resolves.toBeUndefined();
  });
});

import { describe, expect, test } from "vitest";
import { FunctionUrl } from "./functionUrl.ts";
import type { Invoked } from "./runtime/functionPool.ts";

type Answers = (event: unknown) => Invoked;

/** Opens a URL to a function that is none: it only notes what it is given. */
const it = test.extend<{
  open: (answers: Answers, isOpen?: boolean) => Promise<{ origin: string; events: unknown[] }>;
}>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from it.
  open: async ({}, use) => {
    const urls: FunctionUrl[] = [];
    await use(async (answers, isOpen = true) => {
      const events: unknown[] = [];
      const invoke = async (event: unknown) => {
        events.push(event);
        return answers(event);
      };
      const url = await FunctionUrl.listen({
        isOpen: () => isOpen,
        invoke,
        nowMs: () => Date.UTC(2030, 0, 1),
      });
      urls.push(url);
      return { origin: url.origin, events };
    });
    for (const url of urls) await url.close();
  },
});

const result = (value: unknown): Invoked => ({ kind: "result", payload: JSON.stringify(value) });
const nothing = () => result({ statusCode: 204 });

describe("a function URL", () => {
  it("makes an event of a request, in payload format 2.0", async ({ open }) => {
    const { origin, events } = await open(nothing);

    await fetch(`${origin}/a%20b/c?x=1&x=2&y=%C3%A9`, {
      method: "PUT",
      headers: { "X-Custom": "One", Cookie: "a=1; b=2", "Content-Type": "application/json" },
      body: '"é"',
    });

    const [event] = events;
    expect(event).toMatchObject({
      version: "2.0",
      rawPath: "/a%20b/c",
      rawQueryString: "x=1&x=2&y=%C3%A9",
      cookies: ["a=1", "b=2"],
      headers: { "x-custom": "One", host: new URL(origin).host, "x-forwarded-proto": "http" },
      requestContext: {
        http: { method: "PUT", path: "/a%20b/c", protocol: "HTTP/1.1" },
      },
      body: '"é"',
      isBase64Encoded: false,
    });
  });

  it.for([
    ["application/x-amz-json-1.0", true],
    ["application/x-www-form-urlencoded", true],
    ["application/octet-stream", true],
    ["application/json; charset=utf-8", false],
    ["text/plain", false],
  ] as const)(
    "hands over a body of the type %s in base64: %s",
    async ([type, isBase64], { open }) => {
      const { origin, events } = await open(nothing);

      await fetch(origin, { method: "POST", headers: { "Content-Type": type }, body: "hello" });

      expect(events[0]).toMatchObject({
        body: isBase64 ? Buffer.from("hello").toString("base64") : "hello",
        isBase64Encoded: isBase64,
      });
    },
  );

  it("answers with the status, headers, cookies and bytes of the result", async ({ open }) => {
    const { origin } = await open(() =>
      result({
        statusCode: 418,
        headers: { "X-One": "1" },
        cookies: ["a=1", "b=2"],
        body: Buffer.from([0, 255]).toString("base64"),
        isBase64Encoded: true,
      }),
    );

    const response = await fetch(origin);

    expect(response.status).toBe(418);
    expect(response.headers.get("x-one")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect([...(await response.bytes())]).toEqual([0, 255]);
  });

  it("answers with JSON when the result is no answer", async ({ open }) => {
    const { origin } = await open(() => result({ a: 1 }));

    expect(await (await fetch(origin)).json()).toEqual({ a: 1 });
  });

  it.for([
    [{ kind: "fault", payload: "{}" }, 502],
    [{ kind: "crashed", why: "SIGKILL" }, 502],
    [{ kind: "timedOut" }, 502],
    [{ kind: "throttled" }, 429],
    [{ kind: "result", payload: '{"statusCode":"no"}' }, 502],
  ] as const)("answers, when the function has %o, with %i", async ([invoked, status], { open }) => {
    const { origin } = await open(() => invoked);

    expect((await fetch(origin)).status).toBe(status);
  });

  it("refuses a request above 6 MB, and does not invoke", async ({ open }) => {
    const { origin, events } = await open(nothing);

    const { status } = await fetch(origin, { method: "POST", body: "x".repeat(6 * 1024 * 1024) });

    expect(status).toBe(413);
    expect(events).toEqual([]);
  });

  it("lets in nobody who must be known to IAM", async ({ open }) => {
    const { origin, events } = await open(nothing, false);

    expect((await fetch(origin)).status).toBe(403);
    expect(events).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { anyCredentials } from "#service/authenticate.ts";
import { refusingForeignPages } from "#service/foreignPages.ts";
import { aRequest } from "../protocol/aRequest.ts";

const account = "000000000000";
const authenticate = refusingForeignPages(anyCredentials({ account }), ["queues.example.com"]);

function answerTo(headers: Readonly<Record<string, string>>): unknown {
  try {
    return authenticate(aRequest({ headers }));
  } catch (error) {
    return error;
  }
}

const denied = expect.objectContaining({ error: "AccessDeniedException" });
const believed = expect.objectContaining({ account });

describe("a server that believes everybody", () => {
  it.each([
    "localhost:9324",
    "127.0.0.1:9324",
    "10.1.2.3",
    "[::1]:9324",
    "millrace:9324",
    "host.docker.internal:9324",
    "millrace.queues.svc.cluster.local",
    "sqs.us-east-1.localhost:9324",
    "queues.example.com",
    "Queues.Example.COM:80",
  ])("believes who names it %s", (host) => {
    expect(answerTo({ host })).toEqual(believed);
  });

  it.each([
    "evil.example",
    "evil.example:9324",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "queues.example.com.evil.example",
    "evil.example.",
    ":9324",
  ])("refuses whose domain points at it: %s", (host) => {
    expect(answerTo({ host })).toEqual(denied);
  });

  it("goes on refusing after it has met a name that is fine", () => {
    expect(answerTo({ host: "localhost" })).toEqual(believed);
    expect(answerTo({ host: "evil.example" })).toEqual(denied);
    expect(answerTo({ host: "localhost" })).toEqual(believed);
  });

  it.each([
    "http://203.0.113.5",
    "http://192.168.1.7:8080",
    "http://[2001:db8::1]",
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "file://",
    "nonsense",
  ])("refuses a page of %s", (origin) => {
    expect(answerTo({ host: "localhost:9324", origin })).toEqual(denied);
  });

  it.each(["http://localhost:3000", "http://127.0.0.1:9324", "https://queues.example.com"])(
    "believes a page of %s",
    (origin) => {
      expect(answerTo({ host: "localhost:9324", origin })).toEqual(believed);
    },
  );

  it("refuses the address of an image in another site's page", () => {
    const host = "localhost:9324";

    expect(answerTo({ host, "sec-fetch-site": "cross-site" })).toEqual(denied);
    expect(answerTo({ host, "sec-fetch-site": "none" })).toEqual(believed);
  });
});

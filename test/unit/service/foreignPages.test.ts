import { describe, expect, it } from "vitest";
import { anyCredentials } from "#service/authenticate.ts";
import { refusingForeignPages } from "#service/foreignPages.ts";
import { aRequest } from "../protocol/aRequest.ts";

const account = "000000000000";
const authenticate = refusingForeignPages(anyCredentials({ account }), ["queues.example.com"]);

function answerTo(
  headers: Readonly<Record<string, string>>,
  query = "",
  method: "GET" | "POST" = "POST",
): unknown {
  try {
    return authenticate(aRequest({ headers, query, method }));
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

/** What browsers and others send for `<img src="http://192.168.1.5:9324/?Action=…">` in a stranger's page. */
const host = "192.168.1.5:9324";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const image = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5";
const purge = "Action=PurgeQueue&QueueUrl=http://x/000000000000/orders";

describe("an image in a page, from an address of the network", () => {
  it.each([
    ["by Firefox", { host, "user-agent": firefox, accept: image }],
    ["by Chrome, as a script", { host, "user-agent": chrome, accept: "*/*" }],
    ["by Chrome, as a page", { host, "user-agent": chrome, accept: "text/html,*/*;q=0.8" }],
    ["by a reader of mail", { host, "user-agent": "Mail/1.0", accept: image }],
    ["under another's signature", { host, "user-agent": chrome, authorization: "Basic YTpi" }],
  ])("changes nothing: %s", (_name, headers) => {
    expect(answerTo(headers, purge, "GET")).toEqual(denied);
  });

  it.each([
    "Action=ReceiveMessage",
    "Action=ListQueues&Action=DeleteQueue",
    "Action=ListQueues&%41ction=DeleteQueue",
    "Action=listqueues",
    `${purge}&X-Amz-Credential=a/20260101/us-east-1/sqs/aws4_request&X-Amz-Signature=00`,
  ])("does not pass for what reads: %s", (query) => {
    expect(answerTo({ host, "user-agent": chrome }, query, "GET")).toEqual(denied);
  });

  it("is refused whatever it asks for where it says whose it is", () => {
    const referer = "http://evil.example/page?a=b";

    expect(answerTo({ host, referer }, "Action=ListQueues", "GET")).toEqual(denied);
    expect(answerTo({ host, referer: "nonsense" }, "Action=ListQueues", "GET")).toEqual(denied);
  });
});

describe("those who may ask by GET", () => {
  it.each([
    ["curl", { host, "user-agent": "curl/8.5.0", accept: "*/*" }, purge],
    ["wget", { host, "user-agent": "Wget/1.21", accept: "*/*" }, purge],
    ["boto", { host, "user-agent": "Boto3/1.26 Python/3.11" }, purge],
    [
      "an SDK in a browser",
      { host, "user-agent": chrome, authorization: "AWS4-HMAC-SHA256 Credential=a" },
      purge,
    ],
    ["somebody at a browser who reads", { host, "user-agent": firefox }, "Action=ListQueues"],
    ["a page of this machine", { host, referer: "http://localhost:3000/" }, "Action=ListQueues"],
    ["a browser at the REST API", { host, "user-agent": firefox, accept: "text/html" }, ""],
  ])("are believed: %s", (_name, headers, query) => {
    expect(answerTo(headers, query, "GET")).toEqual(believed);
  });

  it("need not, to change something: a browser's own user may POST", () => {
    expect(answerTo({ host, "user-agent": "Mozilla/5.0 WindowsPowerShell/5.1" }, purge)).toEqual(
      believed,
    );
  });
});

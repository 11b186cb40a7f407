import { describe, expect, it } from "vitest";
import { answerUnserved } from "#protocol/unserved.ts";
import { aRequest } from "./aRequest.ts";

const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };

describe("answerUnserved", () => {
  it.each([
    ["a bare GET", aRequest()],
    [
      "a GET of a queue",
      aRequest({ path: "/000000000000/orders", query: "NotAction=SendMessage" }),
    ],
    ["an empty form", aRequest({ method: "POST", headers: form })],
    [
      "a body that is no form",
      aRequest({ method: "POST", body: Buffer.from("Action=SendMessage") }),
    ],
  ])("answers %s without an action like SQS, 404", (_name, request) => {
    const { status, headers, body } = answerUnserved(request, "r");

    expect(status).toBe(404);
    expect(headers).toEqual({ "x-amzn-RequestId": "r", "Content-Type": "text/xml" });
    expect(body).toBe("<UnknownOperationException/>");
  });

  it.each([
    ["a query", aRequest({ query: "Version=2012-11-05&Action=ListQueues" })],
    ["a form", aRequest({ method: "POST", headers: form, body: Buffer.from("Action=ListQueues") })],
  ])("tells %s with an action that the Query protocol is not served", (_name, request) => {
    const { status, body } = answerUnserved(request, "r");

    expect(status).toBe(400);
    expect(body).toContain("<Code>InvalidAction</Code>");
    expect(body).toContain("<Message>The Query protocol is not served here.");
    expect(body).toContain("<RequestId>r</RequestId>");
  });
});

import { describe, expect, it } from "vitest";
import { everything } from "#auth/policy.ts";
import { SqsError } from "#contract/errors.ts";
import type { HttpRequest } from "#protocol/http.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import {
  exampleHost,
  exampleKey,
  exampleTimeMs,
  vectorA,
  vectorC,
} from "../auth/aSignedRequest.ts";
import { aRequest } from "../protocol/aRequest.ts";

const account = "111122223333";
const key = {
  ...exampleKey,
  account,
  isEnabled: true,
  description: undefined,
  policy: everything,
  createdAtMs: 0,
  session: undefined,
};

function anAuthenticate(nowMs = exampleTimeMs) {
  const asked: string[] = [];
  const authenticate = authenticateSigned({
    clock: { nowMs: () => nowMs },
    keys: {
      async find(id) {
        asked.push(id);
        return id === key.accessKeyId ? key : undefined;
      },
    },
  });
  const refusal = async (request: HttpRequest) => {
    try {
      return await authenticate(request);
    } catch (error) {
      if (error instanceof SqsError) return [error.error, error.message];
      throw error;
    }
  };
  return { asked, authenticate, refusal };
}

const http = (request: typeof vectorA extends () => infer R ? R : never): HttpRequest => ({
  ...request,
  scheme: "http",
});

describe("authenticateSigned", () => {
  it.each([
    ["a header", vectorA()],
    ["a presigned URL", vectorC()],
  ])("knows the key of %s, its account, the region and the policy", async (_name, request) => {
    expect(await anAuthenticate().authenticate(http(request))).toEqual({
      account,
      region: "us-east-1",
      senderId: "AKIDEXAMPLE",
      policy: everything,
    });
  });

  it.each([
    [aRequest(), "http://127.0.0.1:9324/"],
    [
      aRequest({ path: "/000000000000/q", query: "Action=x" }),
      "http://127.0.0.1:9324/000000000000/q",
    ],
    [aRequest({ scheme: "https", headers: {} }), "https://localhost/"],
  ])("denies what is not signed", async (request, url) => {
    const { asked, refusal } = anAuthenticate();

    expect(await refusal(request)).toEqual([
      "AccessDeniedException",
      `Access to the resource ${url} is denied.`,
    ]);
    expect(asked).toEqual([]);
  });

  it.each([
    ["too old", exampleTimeMs + 16 * 60_000, vectorA()],
    ["from the future", exampleTimeMs - 16 * 60_000, vectorA()],
    ["expired", exampleTimeMs + 301_000, vectorC()],
    ["malformed", exampleTimeMs, vectorA({ headers: { authorization: "AWS4-HMAC-SHA256 a" } })],
  ])("looks for no key when a request is %s", async (_name, nowMs, request) => {
    const { asked, refusal } = anAuthenticate(nowMs);

    expect(await refusal(http(request))).toBeInstanceOf(Array);
    expect(asked).toEqual([]);
  });

  it("refuses a request that was altered", async () => {
    expect(await anAuthenticate().refusal(http(vectorA({ path: "/q" })))).toEqual([
      "InvalidSignatureException",
      expect.stringContaining("does not match"),
    ]);
  });

  it("takes for the host that was signed that of the public URL, behind a proxy", async () => {
    const authenticate = authenticateSigned({
      clock: { nowMs: () => exampleTimeMs },
      keys: { find: async () => key },
      publicUrl: `https://${exampleHost}/sqs`,
    });

    expect(await authenticate(http(vectorA({ headers: { host: "10.0.0.7" } })))).toMatchObject({
      account,
    });
  });

  it("does not refuse for an outage, but fails", async () => {
    const authenticate = authenticateSigned({
      clock: { nowMs: () => exampleTimeMs },
      keys: { find: () => Promise.reject(new Error("no table")) },
    });

    await expect(authenticate(http(vectorA()))).rejects.toThrow("no table");
  });
});

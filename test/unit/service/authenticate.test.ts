import { describe, expect, it } from "vitest";
import { anyCredentials } from "#service/authenticate.ts";
import { aRequest } from "../protocol/aRequest.ts";

const signed = (credential: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=00`,
});

const presigned = (credential: string) =>
  new URLSearchParams({ Action: "ListQueues", "X-Amz-Credential": credential }).toString();

describe("anyCredentials", () => {
  const authenticate = anyCredentials({ account: "000000000000" });

  it.each([
    ["no credentials", aRequest(), "us-east-1"],
    [
      "a signature",
      aRequest({ headers: signed("AK/20260101/eu-west-1/sqs/aws4_request") }),
      "eu-west-1",
    ],
    [
      "a key id with slashes",
      aRequest({ headers: signed("a/b/c/20260101/eu-west-1/sqs/aws4_request") }),
      "eu-west-1",
    ],
    [
      "a header that ends with the credential",
      aRequest({ headers: { authorization: "AWS4 Credential=AK/1/eu-west-1/sqs/aws4_request" } }),
      "eu-west-1",
    ],
    [
      "a presigned URL",
      aRequest({ query: presigned("AK/20260101/ap-south-2/sqs/aws4_request") }),
      "ap-south-2",
    ],
    ["another scheme", aRequest({ headers: { authorization: "Bearer x" } }), "us-east-1"],
    ["half a scope", aRequest({ headers: signed("AK") }), "us-east-1"],
    [
      "a region that is none",
      aRequest({ headers: signed("AK/20260101/Eu West:1/sqs/aws4_request") }),
      "us-east-1",
    ],
    [
      "an empty region",
      aRequest({ headers: signed("AK/20260101//sqs/aws4_request") }),
      "us-east-1",
    ],
  ])("puts %s under the account", async (_name, request, region) => {
    const identity = await authenticate(request);

    expect(identity).toEqual({ account: "000000000000", senderId: "000000000000", region });
  });
});

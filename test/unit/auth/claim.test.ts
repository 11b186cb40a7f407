import { describe, expect, it } from "vitest";
import { checkTime, readClaim } from "#auth/claim.ts";
import { refusalOf } from "../../support/refusalOf.ts";
import { authorized, exampleTimeMs, presigned, vectorA, vectorC } from "./aSignedRequest.ts";

const unscoped = (problem: string) => ["InvalidSignatureException", problem];
const incomplete = (problem: string) => ["IncompleteSignatureException", problem];
const sigV4Only = ["InvalidSecurity", "The request must be signed with Signature Version 4."];
const digest = "(Hashed with SHA-256 and encoded with Base64) Authorization=";

const minute = 60_000;

describe("readClaim", () => {
  it("reads a header", () => {
    expect(readClaim(vectorA())).toEqual({
      accessKeyId: "AKIDEXAMPLE",
      scope: { date: "20260101", region: "us-east-1" },
      signedHeaders: "content-type;host;x-amz-date;x-amz-target",
      signature: "85110690ee91efc91b321330fffe1db6a4934db1b5b7a9db9e166215fb92d1c5",
      time: { text: "20260101T000000Z", atMs: exampleTimeMs },
      securityToken: undefined,
    });
  });

  it("reads a presigned URL", () => {
    expect(
      readClaim(presigned("Expires=300", "Expires=604800&X-Amz-Security-Token=a%2Fb")),
    ).toEqual({
      accessKeyId: "AKIDEXAMPLE",
      scope: { date: "20260101", region: "us-east-1" },
      signedHeaders: "host",
      signature: "b2dad2aaf13fa1180f2e8abec6018a3ff35088e9ad1e3536a3114fd004aa5b3c",
      time: { text: "20260101T000000Z", atMs: exampleTimeMs },
      securityToken: "a/b",
      expiresSeconds: 604_800,
    });
  });

  it.each([
    ["blanks for commas", authorized(/, /g, " ")],
    ["commas alone", authorized(/, /g, ",")],
    ["many blanks", authorized(/, /g, "  ,   ")],
    ["another order", authorized(/(Cred.*), (Signed.*), (Sig.*)/, "$3, $2, $1")],
    [
      "the header Date",
      vectorA({
        headers: { "x-amz-date": undefined, date: "Thu, 01 Jan 2026 00:00:00 GMT" },
      }),
    ],
    [
      "the header Date in the basic format",
      vectorA({ headers: { "x-amz-date": undefined, date: "20260101T000000Z" } }),
    ],
    ["X-Amz-Date over Date", vectorA({ headers: { date: "Thu, 01 Jan 2015 00:00:00 GMT" } })],
    ["an empty session token as none", vectorA({ headers: { "x-amz-security-token": "" } })],
  ])("understands %s", (_name, request) => {
    expect(readClaim(request)).toEqual(readClaim(vectorA()));
  });

  it.each([
    ["nothing", vectorA({ headers: { authorization: undefined } })],
    ["an empty header", vectorA({ headers: { authorization: " " } })],
    ["a query of its own", vectorC({ query: "Action=ListQueues&X-Amz-Date=20260101T000000Z" })],
  ])("finds no signature in %s", (_name, request) => {
    expect(readClaim(request)).toBeUndefined();
  });

  it.each([
    ["Bearer", "Bearer x", sigV4Only],
    ["Basic", "Basic eDp5", sigV4Only],
    ["Signature Version 2", "AWS AKIDEXAMPLE:c2ln", sigV4Only],
    ["version 4 in lower case", "aws4-hmac-sha256 Credential=a", sigV4Only],
    [
      "an asymmetric signature",
      "AWS4-ECDSA-P256-SHA256 Credential=a",
      incomplete(
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). ",
      ),
    ],
  ])("refuses %s", (_name, authorization, refusal) => {
    expect(refusalOf(() => readClaim(vectorA({ headers: { authorization } })))).toEqual(refusal);
  });

  it.each([
    ["Credential", authorized(/Credential=[^,]*, /, "")],
    ["Credential", authorized(/Credential=[^,]*/, "Credential=")],
    ["SignedHeaders", authorized(/SignedHeaders=[^,]*/, "SignedHeaders")],
    ["Signature", authorized(/Signature=.*/, "")],
  ])("says that %s is missing from a header", (name, request) => {
    const [error, text] = refusalOf(() => readClaim(request)) ?? [];

    expect(error).toBe("IncompleteSignatureException");
    expect(text).toContain(`Authorization header requires '${name}' parameter. ${digest}`);
  });

  it("refuses two headers, though the second says nothing", () => {
    const { authorization } = vectorA().headers;
    const twice = [String(authorization), "x"];

    expect(refusalOf(() => readClaim(vectorA({ headers: { authorization: twice } })))).toEqual(
      incomplete("The request must contain one Authorization header only."),
    );
  });

  it("says everything that is missing from a header at once", () => {
    const request = vectorA({
      headers: { authorization: "AWS4-HMAC-SHA256", "x-amz-date": undefined },
    });

    expect(refusalOf(() => readClaim(request))).toEqual(
      incomplete(
        "Authorization header requires 'Credential' parameter. " +
          "Authorization header requires 'Signature' parameter. " +
          "Authorization header requires 'SignedHeaders' parameter. " +
          "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
          `${digest}YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=`,
      ),
    );
  });

  it.each([
    [
      "a part that is given twice",
      authorized(/$/, ",Signature=00"),
      /^'Signature' is given more than once\./,
    ],
    [
      "four elements",
      authorized("/sqs/", "/"),
      /exactly 5 .* got 'AKIDEXAMPLE\/20260101\/us-east-1\/aws4_request'$/,
    ],
    ["six elements", authorized("/sqs/", "/sqs/a/"), /exactly 5 slash-delimited elements/],
    ["no key id", authorized("AKIDEXAMPLE", ""), /exactly 5 slash-delimited elements/],
    [
      "a time without meaning",
      vectorA({ headers: { "x-amz-date": "201" } }),
      /^Date must be in ISO-8601 'basic format'\. Got '201'\. See http/,
    ],
    ["February 30th", vectorA({ headers: { "x-amz-date": "20260230T000000Z" } }), /^Date must be/],
    [
      "an extended format",
      vectorA({ headers: { "x-amz-date": "2026-01-01T00:00:00Z" } }),
      /^Date must be/,
    ],
    [
      "another date header",
      vectorA({ headers: { "x-amz-date": undefined, date: "1 Jan 2026" } }),
      /^Date must be .* Got '1 Jan 2026'/,
    ],
    [
      "no expiry",
      presigned("&X-Amz-Expires=300", ""),
      /^AWS query-string parameters must include 'X-Amz-Expires'\. Re-examine the query-string parameters\.$/,
    ],
    ["two signatures", presigned(/$/, "&X-Amz-Signature=00"), /'X-Amz-Signature' once only/],
    [
      "two tokens",
      presigned(/$/, "&X-Amz-Security-Token=a&X-Amz-Security-Token=b"),
      /'X-Amz-Security-Token' once only/,
    ],
    [
      "an algorithm of its own",
      presigned("HMAC", "RSA"),
      /^Unsupported AWS 'algorithm': 'AWS4-RSA-SHA256'/,
    ],
    [
      "a presigned time without meaning",
      presigned("Date=20260101", "Date="),
      /^Date must be .* Got 'T000000Z'/,
    ],
    [
      "an expiry of nothing",
      presigned("Expires=300", "Expires=0"),
      /from 1 to 604800\. Got '0'\.$/,
    ],
    ["an expiry beyond a week", presigned("Expires=300", "Expires=604801"), /from 1 to 604800/],
    ["an expiry in words", presigned("Expires=300", "Expires=3e2"), /from 1 to 604800/],
    ["a negative expiry", presigned("Expires=300", "Expires=-1"), /from 1 to 604800/],
    [
      "a credential that is not UTF-8",
      presigned("AKIDEXAMPLE", "%FF"),
      /must include 'X-Amz-Credential'/,
    ],
  ])("calls %s incomplete", (_name, request, text) => {
    expect(refusalOf(() => readClaim(request))).toEqual(
      incomplete(expect.stringMatching(text) as string),
    );
  });

  it("says everything that is missing from a URL at once", () => {
    expect(refusalOf(() => readClaim(vectorC({ query: "X-Amz-Signature=00" })))).toEqual(
      incomplete(
        "AWS query-string parameters must include 'X-Amz-Algorithm'. " +
          "AWS query-string parameters must include 'X-Amz-Credential'. " +
          "AWS query-string parameters must include 'X-Amz-SignedHeaders'. " +
          "AWS query-string parameters must include 'X-Amz-Date'. " +
          "AWS query-string parameters must include 'X-Amz-Expires'. " +
          "Re-examine the query-string parameters.",
      ),
    );
  });

  it.each([
    [
      "another service",
      authorized("/sqs/", "/sns/"),
      "Credential should be scoped to correct service: 'sqs'.",
    ],
    ["no region", authorized("us-east-1", ""), "Credential should be scoped to a valid region."],
    [
      "an odd region",
      authorized("us-east-1", "US_EAST"),
      "Credential should be scoped to a valid region.",
    ],
    [
      "another end",
      authorized("aws4_request", "aws5_request"),
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
    ],
    [
      "another day",
      authorized("20260101", "20260102"),
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260102' != '20260101', from '20260101T000000Z'.",
    ],
    [
      "another service and region",
      authorized("us-east-1/sqs", "/sns"),
      "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sqs'.",
    ],
    [
      "another service in a URL",
      presigned("%2Fsqs", "%2Fs3"),
      "Credential should be scoped to correct service: 'sqs'.",
    ],
    [
      "a host that is not signed",
      authorized("host;", ""),
      "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "a target that is not signed",
      authorized(";x-amz-target", ""),
      "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "a target beside a presigned URL",
      vectorC({ headers: { host: "h", "x-amz-target": "AmazonSQS.ListQueues" } }),
      "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "two signatures",
      vectorA({ query: vectorC().query }),
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    ],
  ])("refuses %s", (_name, request, text) => {
    expect(refusalOf(() => readClaim(request))).toEqual(unscoped(text));
  });
});

describe("checkTime", () => {
  const check = (request = vectorA(), nowMs = exampleTimeMs) =>
    refusalOf(() => {
      const claim = readClaim(request);
      if (claim !== undefined) checkTime(claim, nowMs);
    });

  it.each([
    ["a header, at once", vectorA(), 0],
    ["a header, 15 minutes later", vectorA(), 15 * minute],
    ["a header, 15 minutes ahead", vectorA(), -15 * minute],
    ["a URL, when it expires", vectorC(), 300_000],
    ["a URL of a week, after a week", presigned("=300", "=604800"), 604_800_000],
    ["a URL, 15 minutes ahead", vectorC(), -15 * minute],
  ])("accepts %s", (_name, request, afterMs) => {
    expect(check(request, exampleTimeMs + afterMs)).toBeUndefined();
  });

  it.each([
    [
      "a header after 15 minutes",
      vectorA(),
      15 * minute + 1,
      unscoped(
        "Signature expired: 20260101T000000Z is now earlier than 20260101T000000Z (20260101T001500Z - 15 min.)",
      ),
    ],
    [
      "a header after a day",
      vectorA(),
      24 * 60 * minute,
      unscoped(
        "Signature expired: 20260101T000000Z is now earlier than 20260101T234500Z (20260102T000000Z - 15 min.)",
      ),
    ],
    [
      "a header from the future",
      vectorA(),
      -16 * minute,
      unscoped(
        "Signature not yet current: 20260101T000000Z is still later than 20251231T235900Z (20251231T234400Z + 15 min.)",
      ),
    ],
    [
      "a URL from the future",
      vectorC(),
      -16 * minute,
      unscoped(
        "Signature not yet current: 20260101T000000Z is still later than 20251231T235900Z (20251231T234400Z + 15 min.)",
      ),
    ],
    ["a URL past its expiry", vectorC(), 300_001, ["RequestExpired", "Request has expired."]],
  ])("refuses %s", (_name, request, afterMs, refusal) => {
    expect(check(request, exampleTimeMs + afterMs)).toEqual(refusal);
  });
});

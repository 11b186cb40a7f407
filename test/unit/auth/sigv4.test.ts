import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalRequest } from "#auth/canonicalRequest.ts";
import { readClaim } from "#auth/claim.ts";
import type { SignedRequest } from "#auth/signedRequest.ts";
import { SigningKeys, signingKey } from "#auth/signingKeys.ts";
import { type Credentials, SignatureVerifier } from "#auth/sigv4.ts";
import { refusalOf } from "../../support/refusalOf.ts";
import {
  authorized,
  exampleHost,
  exampleKey,
  exampleTimeMs,
  presigned,
  vectorA,
  vectorC,
  verify,
} from "./aSignedRequest.ts";

const token = "TOKEN/EXAMPLE==";

/** The vectors' key as temporary credentials. */
const sessionKey: Credentials = {
  ...exampleKey,
  session: {
    tokenSha256: createHash("sha256").update(token).digest("hex"),
    expiresAtMs: exampleTimeMs + 1,
  },
};

const vectorB = vectorA({
  headers: {
    "x-amz-security-token": token,
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sqs/aws4_request, " +
      "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, " +
      "Signature=a30cd0f8f22f54ab5f588352626ec98737acb530d1ecfb2a659cc0974c21a2c5",
  },
});

const vectorD = vectorC({
  query: vectorC().query.replace(
    /&X-Amz-Signature=.*/,
    "&X-Amz-Security-Token=TOKEN%2FEXAMPLE%3D%3D" +
      "&X-Amz-Signature=995c0f071d8e15233363deda3bfec532ce37bdbd7e7d7f69157f6a34c23fc197",
  ),
});

const invalidToken = [
  "UnrecognizedClientException",
  "The security token included in the request is invalid.",
];
const noMatch = [
  "InvalidSignatureException",
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
];

/** The digest of what a request has signed. */
function canonicalHash(request: SignedRequest): string {
  const canonical = canonicalRequest(request, readClaim(request)?.signedHeaders ?? "");
  return createHash("sha256")
    .update(canonical ?? "")
    .digest("hex");
}

describe("signingKey", () => {
  it("is that of the specification", () => {
    const key = signingKey(exampleKey.secret, { date: "20260101", region: "us-east-1" });

    expect(Buffer.from(key).toString("hex")).toBe(
      "b32f6587a2d446c47a963397d87c5b56f10c9d509275021c1ad6f5ea68e10007",
    );
  });

  it("is remembered for each key, day and region, up to a bound", () => {
    const keys = new SigningKeys();
    const scope = { date: "20260101", region: "us-east-1" };
    const keyFor = (id: string, secret: string, said = {}) =>
      keys.keyFor(id, secret, { ...scope, ...said });
    const first = keyFor("a", "s");

    expect(keyFor("a", "s")).toBe(first);
    expect(keyFor("b", "t").equals(first)).toBe(false);
    expect(keyFor("a", "s", { region: "eu-west-1" }).equals(first)).toBe(false);
    expect(keyFor("a", "s", { date: "20260102" }).equals(first)).toBe(false);
    for (let i = 0; i < 1000; i += 1) keyFor(`${i}`, "s");
    expect(keyFor("a", "s")).not.toBe(first);
    expect(keyFor("a", "s").equals(first)).toBe(true);
  });

  it("outlives those that nobody has signed with, once somebody has, up to a bound", () => {
    const keys = new SigningKeys();
    const scope = { date: "20260101", region: "us-east-1" };
    const first = keys.keyFor("a", "s", scope);
    keys.prove("a", scope);
    for (let i = 0; i < 1000; i += 1) keys.keyFor("a", "s", { ...scope, region: `r-${i}` });

    expect(keys.keyFor("a", "s", scope)).toBe(first);
    for (let i = 0; i < 1000; i += 1) {
      keys.keyFor(`${i}`, "s", scope);
      keys.prove(`${i}`, scope);
    }
    expect(keys.keyFor("a", "s", scope)).not.toBe(first);
  });
});

describe("canonicalRequest", () => {
  it.each([
    ["A", vectorA(), "b43953abbbeffeaf68d41fb80f889357a14c2023054a5917085f56738bc8d7a5"],
    ["C", vectorC(), "a142a0c82bc7a679480f1b557a4b257b78259d4fb8345102afc385173ca740df"],
  ])("has the digest of vector %s", (_name, request, digest) => {
    expect(canonicalHash(request)).toBe(digest);
  });
});

describe("SignatureVerifier", () => {
  it.each([
    ["A, signed by its header", vectorA(), exampleKey],
    ["B, with a session token", vectorB, sessionKey],
    ["C, presigned", vectorC(), exampleKey],
    ["D, presigned, with a session token", vectorD, sessionKey],
  ])("accepts vector %s", (_name, request, key) => {
    expect(verify(request, { key })).toBe("AKIDEXAMPLE");
  });

  it.each([
    ["a wrong secret", vectorA(), { ...exampleKey, secret: "x" }, noMatch],
    ["an unknown key", vectorA(), { ...exampleKey, accessKeyId: "OTHER" }, invalidToken],
    ["an unknown key in a URL", vectorC(), { ...exampleKey, accessKeyId: "OTHER" }, invalidToken],
    ["no token where one is due", vectorA(), sessionKey, invalidToken],
    ["no token in a URL where one is due", vectorC(), sessionKey, invalidToken],
    ["a token where none is due", vectorB, exampleKey, invalidToken],
    ["a token in a URL where none is due", vectorD, exampleKey, invalidToken],
    [
      "another token",
      vectorB,
      { ...sessionKey, session: { tokenSha256: "00".repeat(32), expiresAtMs: Infinity } },
      invalidToken,
    ],
    [
      "a token that ends now",
      vectorB,
      {
        ...sessionKey,
        session: { tokenSha256: "", ...sessionKey.session, expiresAtMs: exampleTimeMs },
      },
      ["ExpiredTokenException", "The security token included in the request is expired"],
    ],
    [
      "an altered token",
      vectorA({ headers: { ...vectorB.headers, "x-amz-security-token": "TOKEN/EXAMPLF==" } }),
      sessionKey,
      noMatch,
    ],
    ["another body", vectorA({ body: Buffer.from("{ }") }), exampleKey, noMatch],
    ["another method", vectorA({ method: "PUT" }), exampleKey, noMatch],
    ["another path", vectorA({ path: "/q" }), exampleKey, noMatch],
    ["another query", vectorA({ query: "a" }), exampleKey, noMatch],
    ["another host", vectorA({ headers: { host: "localhost:9324" } }), exampleKey, noMatch],
    [
      "another target",
      vectorA({ headers: { "x-amz-target": "AmazonSQS.PurgeQueue" } }),
      exampleKey,
      noMatch,
    ],
    [
      "a signed header that is missing",
      vectorA({ headers: { "content-type": undefined } }),
      exampleKey,
      noMatch,
    ],
    [
      "a signed header of everybody's",
      authorized("host;", "constructor;host;"),
      exampleKey,
      noMatch,
    ],
    [
      "signed headers out of order",
      authorized("content-type;host", "host;content-type"),
      exampleKey,
      noMatch,
    ],
    ["a signed header twice", authorized("host;", "host;host;"), exampleKey, noMatch],
    ["signed headers in capitals", authorized("content-type", "Content-Type"), exampleKey, noMatch],
    ["a signature in capitals", authorized("e1db6a", "E1db6a"), exampleKey, noMatch],
    ["a longer signature", authorized(/$/, "0"), exampleKey, noMatch],
    ["a shorter signature", authorized(/.$/, ""), exampleKey, noMatch],
    ["another region", authorized("us-east-1", "us-east-2"), exampleKey, noMatch],
    ["another parameter", presigned("SendMessage", "PurgeQueue"), exampleKey, noMatch],
    ["a longer expiry", presigned("Expires=300", "Expires=301"), exampleKey, noMatch],
    ["a parameter more", presigned("Action", "A=1&Action"), exampleKey, noMatch],
    ["a plus sign made a space", presigned("%2B", "+"), exampleKey, noMatch],
  ])("refuses %s", (_name, request, key, refusal) => {
    expect(refusalOf(() => verify(request, { key }))).toEqual(refusal);
  });

  it("does not say of a wrong signature that a token has ended, nor that it is wrong", () => {
    const session = { tokenSha256: "00", expiresAtMs: 0 };

    expect(
      refusalOf(() => verify(vectorA(), { key: { ...exampleKey, secret: "x", session } })),
    ).toEqual(noMatch);
  });

  it.each([
    ["the host it was signed for", exampleHost, "127.0.0.1:9324", true],
    ["the host it names", "q.example", exampleHost, true],
    ["neither", "q.example", "127.0.0.1:9324", false],
  ])("behind a proxy accepts %s", (_name, publicHost, host, isAccepted) => {
    const request = vectorA({ headers: { host } });
    const claim = readClaim(request);
    const verifier = new SignatureVerifier(publicHost);

    const refusal = refusalOf(
      () => claim && verifier.check(request, claim, exampleKey, exampleTimeMs),
    );

    expect(refusal).toEqual(isAccepted ? undefined : noMatch);
  });

  it("accepts a request again: SQS does not know of replays within the 15 minutes", () => {
    const verifier = new SignatureVerifier();
    const claim = readClaim(vectorA());

    for (let i = 0; i < 2; i += 1) {
      if (claim !== undefined) verifier.check(vectorA(), claim, exampleKey, exampleTimeMs);
    }

    expect(claim).toBeDefined();
  });

  it("repeats no secret, token or signature in a refusal", () => {
    const refusals = [
      refusalOf(() => verify(vectorB, { key: exampleKey })),
      refusalOf(() => verify(vectorB, { key: { ...sessionKey, secret: "other" } })),
      refusalOf(() => verify(authorized(/Signature=.*/, "Signature="))),
      refusalOf(() => verify(authorized("sqs", "sns"))),
    ].map((refusal) => refusal?.[1]);

    expect(refusals).toHaveLength(4);
    for (const text of refusals) expect(text).not.toMatch(/TOKEN|wJalr|[0-9a-f]{64}/);
  });
});

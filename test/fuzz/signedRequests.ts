import fc from "fast-check";
import type { HttpRequest } from "#protocol/http.ts";
import type { SigningIdentity } from "../support/signer.ts";
import { aSigner } from "../support/signer.ts";
import { aJsonCall, aRequest } from "../unit/protocol/aRequest.ts";
import { headerText, inheritedNames } from "./texts.ts";

/**
 * Requests whose signature is nearly right: what AWS's signer made for a key of ours, one part of it
 * altered, or written by the grammar of a header or a presigned URL. None of them may be believed.
 */
export async function forgeries(
  key: SigningIdentity,
  nowMs: number,
): Promise<fc.Arbitrary<HttpRequest>> {
  const { authorization, date } = await signedHeader(key, nowMs);
  return fc.oneof(
    alteredHeader(authorization, date),
    grammaticalHeader(key, date),
    presigned(key, date),
  );
}

async function signedHeader(key: SigningIdentity, nowMs: number) {
  const { headers } = await aSigner(key).sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      port: 9324,
      path: "/",
      headers: { host: "127.0.0.1:9324", "x-amz-target": "AmazonSQS.ListQueues" },
      body: "{}",
    },
    { signingDate: new Date(nowMs) },
  );
  return { authorization: headers["authorization"] ?? "", date: headers["x-amz-date"] ?? "" };
}

function call(headers: Record<string, string | string[]>): HttpRequest {
  return aJsonCall("ListQueues", "{}", { headers });
}

/** One letter, digit or sign of the right header is another, and by that a part of what is signed. */
function alteredHeader(authorization: string, date: string): fc.Arbitrary<HttpRequest> {
  const altered = fc
    .tuple(fc.nat(authorization.length - 1), fc.constantFrom(..."09afAFz/=,; ;%+\t"), fc.nat(2))
    .map(([at, character, how]) => {
      const rest = authorization.slice(how === 0 ? at : at + 1);
      return authorization.slice(0, at) + (how === 2 ? "" : character) + rest;
    })
    // Blanks and commas may be more or fewer and say the same.
    .filter((text) => membersOf(text) !== membersOf(authorization));
  const doubled = headerText.map((text) => [authorization, text]);
  return fc.oneof(
    altered.map((text) => call({ authorization: text, "x-amz-date": date })),
    doubled.map((texts) => call({ authorization: texts, "x-amz-date": date })),
    headerText
      .filter((text) => text.trim() !== date)
      .map((text) => call({ authorization, "x-amz-date": text })),
  );
}

/** What a header says: its scheme, and whatever has a name. */
function membersOf(authorization: string): string {
  const [scheme = "", ...parts] = authorization.trim().split(/[, \t]+/);
  return [scheme, ...parts.filter((part) => /^[^=]+=/.test(part))].join(" ");
}

const names = fc.array(
  fc.oneof(
    fc.constantFrom("host", "x-amz-date", "x-amz-target", "content-type", "HOST", ""),
    fc.constantFrom<string>(...inheritedNames),
    headerText,
  ),
  { maxLength: 5 },
);

function credentialOf({ accessKeyId }: SigningIdentity, date: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.oneof(fc.constant(accessKeyId), fc.constantFrom<string>(...inheritedNames), headerText),
      fc.oneof(fc.constant(date.slice(0, 8)), headerText),
      fc.oneof(fc.constantFrom("us-east-1", "", "*"), headerText),
      fc.constantFrom("sqs", "s3", "", "SQS"),
      fc.constantFrom("aws4_request", "aws4_request/x", ""),
    )
    .map((parts) => parts.join("/"));
}

const signature = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 }),
  headerText,
);

const algorithms = fc.constantFrom(
  "AWS4-HMAC-SHA256",
  "AWS4-HMAC-SHA1",
  "AWS4-ECDSA-P256-SHA256",
  "AWS4-",
  "aws4-hmac-sha256",
  "none",
  "Bearer",
);

function grammaticalHeader(key: SigningIdentity, date: string): fc.Arbitrary<HttpRequest> {
  return fc
    .tuple(algorithms, credentialOf(key, date), names, signature, fc.shuffledSubarray([0, 1, 2, 0]))
    .map(([algorithm, credential, signed, hex, order]) => {
      const members = [
        `Credential=${credential}`,
        `SignedHeaders=${signed.join(";")}`,
        `Signature=${hex}`,
      ];
      return call({
        authorization: `${algorithm} ${order.map((at) => members[at]).join(", ")}`.slice(0, 8000),
        "x-amz-date": date,
      });
    });
}

function presigned(key: SigningIdentity, date: string): fc.Arbitrary<HttpRequest> {
  const value = fc.oneof(headerText, fc.constantFrom("", "1", "604800", "604801", "-1", "1e3"));
  const parameter = fc.oneof(
    algorithms.map((text) => ["X-Amz-Algorithm", text] as const),
    credentialOf(key, date).map((text) => ["X-Amz-Credential", text] as const),
    fc.constant(["X-Amz-Date", date] as const),
    value.map((text) => ["X-Amz-Expires", text] as const),
    names.map((list) => ["X-Amz-SignedHeaders", list.join(";")] as const),
    signature.map((text) => ["X-Amz-Signature", text] as const),
    fc.tuple(fc.constantFrom<string>("Action", "X-Amz-Security-Token", ...inheritedNames), value),
  );
  return fc.array(parameter, { maxLength: 9 }).map((parameters) => {
    const texts = parameters.map(([name, text]) => `${name}=${encodeURIComponent(text)}`);
    return aRequest({ query: `Action=ListQueues&${texts.join("&")}`.slice(0, 16_000) });
  });
}

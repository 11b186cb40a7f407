import { checkTime, readClaim } from "#auth/claim.ts";
import type { SignedRequest } from "#auth/signedRequest.ts";
import { type Credentials, SignatureVerifier } from "#auth/sigv4.ts";

/** The access key of the vectors in spec section 2.3. */
export const exampleKey = {
  accessKeyId: "AKIDEXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const satisfies Credentials;

export const exampleHost = "sqs.us-east-1.amazonaws.com";
export const exampleTimeMs = Date.UTC(2026, 0, 1);

const authorizationA =
  "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sqs/aws4_request, " +
  "SignedHeaders=content-type;host;x-amz-date;x-amz-target, " +
  "Signature=85110690ee91efc91b321330fffe1db6a4934db1b5b7a9db9e166215fb92d1c5";

/** Vector A, signed by its header, but for what a test says. A header said as `undefined` goes. */
export function vectorA(said: Partial<SignedRequest> = {}): SignedRequest {
  return {
    method: "POST",
    path: "/",
    query: "",
    body: Buffer.from("{}"),
    ...said,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      host: exampleHost,
      "x-amz-date": "20260101T000000Z",
      "x-amz-target": "AmazonSQS.ListQueues",
      authorization: authorizationA,
      ...said.headers,
    },
  };
}

/** Vector A with something else in its `Authorization`. */
export function authorized(part: string | RegExp, by: string): SignedRequest {
  return vectorA({ headers: { authorization: authorizationA.replace(part, by) } });
}

const queryC =
  "Action=SendMessage&MessageBody=a%20b%2Bc%2F%C3%A9&Version=2012-11-05" +
  "&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
  "&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request" +
  "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host" +
  "&X-Amz-Signature=b2dad2aaf13fa1180f2e8abec6018a3ff35088e9ad1e3536a3114fd004aa5b3c";

/** Vector C, a presigned URL, but for what a test says. */
export function vectorC(said: Partial<SignedRequest> = {}): SignedRequest {
  return {
    method: "GET",
    path: "/123456789012/q1",
    query: queryC,
    headers: { host: exampleHost },
    body: new Uint8Array(),
    ...said,
  };
}

/** Vector C with something else in its query. */
export function presigned(part: string | RegExp, by: string): SignedRequest {
  return vectorC({ query: queryC.replace(part, by) });
}

/** All that is checked of a request, in one step. Answers the key that signed it. */
export function verify(
  request: SignedRequest,
  {
    key = exampleKey,
    nowMs = exampleTimeMs,
  }: { readonly key?: Credentials | undefined; readonly nowMs?: number } = {},
): string | undefined {
  const claim = readClaim(request);
  if (claim === undefined) return undefined;
  checkTime(claim, nowMs);
  const found = key.accessKeyId === claim.accessKeyId ? key : undefined;
  new SignatureVerifier().check(request, claim, found, nowMs);
  return claim.accessKeyId;
}

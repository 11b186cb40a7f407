import { readAuthorization } from "./authorizationHeader.ts";
import { type CredentialScope, readCredential } from "./credential.ts";
import { readPresigned } from "./presignedQuery.ts";
import { queryParameters } from "./queryParameters.ts";
import {
  incompleteSignature,
  invalidSignature,
  requestExpired,
  signatureExpired,
  signatureNotYetCurrent,
} from "./refusals.ts";
import { skewMsMax } from "./requestTime.ts";
import type { SignatureParts } from "./signatureParts.ts";
import { headerText, type SignedRequest } from "./signedRequest.ts";

/** Who a request says it is from, read and in order, and not yet believed. */
export interface Claim extends Omit<SignatureParts, "credential"> {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
}

/**
 * Reads the signature that a request carries in a header or in its query (spec section 2.1).
 * `undefined` if it carries none. Throws what section 2.2 answers to one that is malformed, scoped
 * to something else, or leaves open what must be signed.
 */
export function readClaim(request: SignedRequest): Claim | undefined {
  const parts = partsOf(request);
  if (parts === undefined) return undefined;
  checkSigned(request, parts.signedHeaders.split(";"));
  const { credential, ...rest } = parts;
  return { ...rest, ...readCredential(credential, parts.time) };
}

function partsOf(request: SignedRequest): SignatureParts | undefined {
  // Two would be read as one, and what one of them says be overlooked.
  if (Array.isArray(request.headers["authorization"])) {
    throw incompleteSignature("The request must contain one Authorization header only.");
  }
  const header = headerText(request, "authorization");
  const parameters = queryParameters(request);
  const isPresigned = parameters.some(({ name }) => carrying.has(name));
  if (header === undefined) return isPresigned ? readPresigned(parameters) : undefined;
  if (isPresigned) {
    throw invalidSignature(
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  return readAuthorization(request, header);
}

/** Any of these makes a URL a presigned one, if only half of one. */
const carrying = new Set(["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"]);

/**
 * `X-Amz-Target` names the action. Were it left unsigned, who holds one presigned URL could ask for
 * any other action with it.
 */
function checkSigned(request: SignedRequest, signedHeaders: readonly string[]): void {
  if (!signedHeaders.includes("host")) {
    throw invalidSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const hasTarget = headerText(request, "x-amz-target") !== undefined;
  if (hasTarget && !signedHeaders.includes("x-amz-target")) {
    throw invalidSignature("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
  }
}

/** Refuses what was signed too long ago, or too far ahead (spec section 2.1, rule 9). */
export function checkTime({ time, expiresSeconds }: Claim, nowMs: number): void {
  if (time.atMs > nowMs + skewMsMax) throw signatureNotYetCurrent(time, nowMs);
  if (expiresSeconds !== undefined) {
    if (nowMs > time.atMs + expiresSeconds * 1000) throw requestExpired();
  } else if (time.atMs < nowMs - skewMsMax) {
    throw signatureExpired(time, nowMs);
  }
}

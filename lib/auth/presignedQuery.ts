import { type QueryParameter, valuesOf } from "./queryParameters.ts";
import { incompleteSignature, unreadableTime } from "./refusals.ts";
import { readBasicTime } from "./requestTime.ts";
import { algorithm, type SignatureParts } from "./signatureParts.ts";

const needed = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
  "X-Amz-Expires",
] as const;

const tokenName = "X-Amz-Security-Token";
const expiresSecondsMax = 7 * 24 * 3600;

/**
 * Reads the signature of a presigned URL (spec section 2.1, carrier 2). Throws one error that names
 * every parameter that is missing, or one that is given twice or out of range (spec section 2.2).
 */
export function readPresigned(parameters: readonly QueryParameter[]): SignatureParts {
  const given = new Map([...needed, tokenName].map((name) => [name, one(parameters, name)]));
  const missing = needed.filter((name) => given.get(name) === undefined);
  if (missing.length > 0) {
    const problems = missing.map((name) => `AWS query-string parameters must include '${name}'. `);
    throw incompleteSignature(`${problems.join("")}Re-examine the query-string parameters.`);
  }
  const [
    scheme = "",
    credential = "",
    signature = "",
    signedHeaders = "",
    date = "",
    expires = "",
  ] = needed.map((name) => given.get(name));
  if (scheme !== algorithm) {
    throw incompleteSignature(
      `Unsupported AWS 'algorithm': '${scheme}' (only ${algorithm} for now). `,
    );
  }
  const time = readBasicTime(date);
  if (time === undefined) throw unreadableTime(date);
  return {
    credential,
    signature,
    signedHeaders,
    time,
    securityToken: given.get(tokenName),
    expiresSeconds: expiresSecondsOf(expires),
  };
}

/** Of two, one would be checked and the other perhaps believed: neither is. */
function one(parameters: readonly QueryParameter[], name: string): string | undefined {
  const values = valuesOf(parameters, name);
  if (values.length > 1) {
    throw incompleteSignature(`AWS query-string parameters must include '${name}' once only.`);
  }
  return values[0];
}

function expiresSecondsOf(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > expiresSecondsMax) {
    throw incompleteSignature(
      `X-Amz-Expires must be a number of seconds from 1 to ${expiresSecondsMax}. Got '${text}'.`,
    );
  }
  return seconds;
}

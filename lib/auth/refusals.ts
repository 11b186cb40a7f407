import { hash } from "node:crypto";
import { SqsError } from "#contract/errors.ts";
import { basicTime, type RequestTime, skewMsMax } from "./requestTime.ts";

/**
 * What is answered to a request that is not signed as it must be (spec section 2.2). The texts that
 * the specification calls unconfirmed for SQS are those that AWS gives elsewhere. None repeats a
 * signature or a token.
 */

/** No credentials at all. `url` is what was asked for, without its query. */
export function unsigned(url: string): SqsError {
  return new SqsError("AccessDeniedException", `Access to the resource ${url} is denied.`);
}

/** An unknown, disabled or deleted access key, or a session token that is not the key's. */
export function unrecognizedClient(): SqsError {
  return new SqsError(
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
  );
}

/** A wrong secret, or a request that was altered. */
export function wrongSignature(): SqsError {
  return new SqsError(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}

/** Signed, but not in a form that can be accepted. */
export function invalidSignature(message: string): SqsError {
  return new SqsError("InvalidSignatureException", message);
}

/** Parts of a signature are missing or cannot be read. */
export function incompleteSignature(message: string): SqsError {
  return new SqsError("IncompleteSignatureException", message);
}

/** An `Authorization` header that lacks something. Its value is told by digest only, as AWS does. */
export function incompleteHeader(problems: string, header: string): SqsError {
  const digest = hash("sha256", header, "base64");
  return incompleteSignature(
    `${problems} (Hashed with SHA-256 and encoded with Base64) Authorization=${digest}`,
  );
}

/** An `X-Amz-Date` or `Date` in a form that no signature uses. */
export function unreadableTime(text: string): SqsError {
  return incompleteSignature(
    `Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

/** Signed by another scheme than Signature Version 4. */
export function notSigV4(): SqsError {
  return new SqsError("InvalidSecurity", "The request must be signed with Signature Version 4.");
}

/** A session that is over. */
export function expiredToken(): SqsError {
  return new SqsError(
    "ExpiredTokenException",
    "The security token included in the request is expired",
  );
}

/** A presigned URL past its expiry. */
export function requestExpired(): SqsError {
  return new SqsError("RequestExpired", "Request has expired.");
}

/** A request signed more than 15 minutes ago. */
export function signatureExpired(time: RequestTime, nowMs: number): SqsError {
  const earliest = basicTime(nowMs - skewMsMax);
  return invalidSignature(
    `Signature expired: ${time.text} is now earlier than ${earliest} (${basicTime(nowMs)} - 15 min.)`,
  );
}

/** A request signed more than 15 minutes ahead. */
export function signatureNotYetCurrent(time: RequestTime, nowMs: number): SqsError {
  const latest = basicTime(nowMs + skewMsMax);
  return invalidSignature(
    `Signature not yet current: ${time.text} is still later than ${latest} (${basicTime(nowMs)} + 15 min.)`,
  );
}

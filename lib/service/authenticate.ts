import type { Policy } from "#auth/policy.ts";
import { type HttpRequest, headerOf } from "#protocol/http.ts";

/** For whom a request is answered. */
export interface Identity {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** What messages sent in this name show as `SenderId`. */
  readonly senderId: string;
  /** What the caller may do. Absent where everybody may do everything. */
  readonly policy?: Policy;
}

/** Finds out who sends a request; throws an `SqsError` to refuse it. */
export type Authenticate = (request: HttpRequest) => Identity | Promise<Identity>;

/**
 * Believes everybody, signed or not, and puts all under one account: for development, tests and
 * networks that are closed. The region is that of the credential scope, us-east-1 where there is
 * none.
 */
export function anyCredentials({ account }: { readonly account: string }): Authenticate {
  return (request) => ({ account, region: regionOf(request) ?? "us-east-1", senderId: account });
}

const region = /^[a-z0-9-]{1,32}$/;

/** The region in `{key id}/{yyyymmdd}/{region}/sqs/aws4_request`; a key id may hold slashes. */
function regionOf(request: HttpRequest): string | undefined {
  const credential = credentialOf(request) ?? "";
  const service = credential.lastIndexOf("/", credential.lastIndexOf("/") - 1);
  const named = credential.slice(
    credential.lastIndexOf("/", service - 1) + 1,
    Math.max(service, 0),
  );
  return region.test(named) ? named : undefined;
}

const member = "Credential=";

/** The credential of a signed header, or of a presigned URL (spec section 2.1). */
function credentialOf(request: HttpRequest): string | undefined {
  const header = headerOf(request, "authorization");
  if (header !== undefined) {
    const at = header.indexOf(member);
    if (at < 0) return undefined;
    const end = header.indexOf(",", at);
    return header.slice(at + member.length, end < 0 ? undefined : end).trim();
  }
  if (!request.query.includes("X-Amz-Credential=")) return undefined;
  return new URLSearchParams(request.query).get("X-Amz-Credential") ?? undefined;
}

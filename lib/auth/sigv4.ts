import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { canonicalRequest } from "./canonicalRequest.ts";
import type { Claim } from "./claim.ts";
import { type CredentialScope, serviceName, terminator } from "./credential.ts";
import { expiredToken, unrecognizedClient, wrongSignature } from "./refusals.ts";
import type { RequestTime } from "./requestTime.ts";
import { algorithm } from "./signatureParts.ts";
import type { SignedRequest } from "./signedRequest.ts";
import { SigningKeys } from "./signingKeys.ts";

/** What is known of an access key by whoever checks signatures. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secret: string;
  /** Of temporary credentials: the SHA-256 of their token, in hexadecimal, and when they end. */
  readonly session?: { readonly tokenSha256: string; readonly expiresAtMs: number } | undefined;
}

/** Stands in for an access key that is not known. What it signs is not believed. */
const nobody: Credentials = { accessKeyId: "", secret: "" };

/**
 * Checks what a request claims against the access key that it names:
 *
 * ```
 *   readClaim ─► checkTime ─► (find the access key) ─► check
 * ```
 */
export class SignatureVerifier {
  readonly #signingKeys = new SigningKeys();
  readonly #publicHost: string | undefined;

  /**
   * `publicHost` is the host, and port if it is not the usual one, that callers sign for where a proxy
   * puts another into the header. What the header says is tried first.
   */
  constructor(publicHost?: string) {
    this.#publicHost = publicHost;
  }

  /**
   * Throws what spec section 2.2 answers unless the request was signed, as it stands, with the secret
   * of `credentials`, and carries their token if they have one; answers those credentials. An unknown
   * access key costs as much time as a wrong signature.
   */
  check<Known extends Credentials>(
    request: SignedRequest,
    claim: Claim,
    credentials: Known | undefined,
    nowMs: number,
  ): Known {
    const isSigned = this.#asSent(request).some((each) =>
      this.#isSigned(each, claim, credentials ?? nobody),
    );
    if (credentials === undefined) throw unrecognizedClient();
    if (!isSigned) throw wrongSignature();
    this.#signingKeys.prove(credentials.accessKeyId, claim.scope);
    if (!holdsToken(claim, credentials)) throw unrecognizedClient();
    if (credentials.session !== undefined && nowMs >= credentials.session.expiresAtMs) {
      throw expiredToken();
    }
    return credentials;
  }

  /** What the caller may have signed. */
  #asSent(request: SignedRequest): readonly SignedRequest[] {
    const host = this.#publicHost;
    if (host === undefined || request.headers["host"] === host) return [request];
    return [request, { ...request, headers: { ...request.headers, host } }];
  }

  #isSigned(
    request: SignedRequest,
    { scope, time, signedHeaders, signature }: Claim,
    { accessKeyId, secret }: Credentials,
  ): boolean {
    const canonical = canonicalRequest(request, signedHeaders);
    const key = this.#signingKeys.keyFor(accessKeyId, secret, scope);
    const text = stringToSign(canonical ?? "", time, scope);
    const right = createHmac("sha256", key).update(text).digest("hex");
    return isSame(right, signature) && canonical !== undefined;
  }
}

/** The text that is signed: the digest of a canonical request, bound to a time and a scope. */
function stringToSign(
  canonical: string,
  time: RequestTime,
  { date, region }: CredentialScope,
): string {
  const scope = `${date}/${region}/${serviceName}/${terminator}`;
  return [algorithm, time.text, scope, hash("sha256", canonical)].join("\n");
}

function holdsToken({ securityToken }: Claim, { session }: Credentials): boolean {
  if (session === undefined) return securityToken === undefined;
  return isSame(session.tokenSha256, hash("sha256", securityToken ?? ""));
}

/** In a time that tells nothing of where two texts differ. */
function isSame(right: string, given: string): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(given)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

import { checkTime, readClaim } from "#auth/claim.ts";
import { unsigned } from "#auth/refusals.ts";
import { SignatureVerifier } from "#auth/sigv4.ts";
import type { Clock } from "#engine/clock.ts";
import { type HttpRequest, headerOf } from "#protocol/http.ts";
import type { AccessKeyStore } from "./accessKeyStore.ts";
import type { Authenticate } from "./authenticate.ts";
import { authenticateBearer, hasBearer } from "./authenticateBearer.ts";

export interface AuthenticateSignedOptions {
  readonly keys: Pick<AccessKeyStore, "find">;
  readonly clock: Pick<Clock, "nowMs">;
  /** The origin that callers sign for, where they come through a proxy. Default: the host they name. */
  readonly publicUrl?: string | undefined;
}

/**
 * Believes only requests that are signed with an access key of ours, or to the REST API carry one as
 * a bearer token, and puts each under the account
 * of its key and the region of its signature. Everything else is refused as spec section 2.2 says.
 * What costs nothing is checked first: a request signed long ago is not worth a look at the table.
 */
export function authenticateSigned(options: AuthenticateSignedOptions): Authenticate {
  const { keys, clock, publicUrl } = options;
  const verifier = new SignatureVerifier(publicUrl && new URL(publicUrl).host);

  const bearer = authenticateBearer({ keys, clock });

  return async (request) => {
    if (hasBearer(request)) return await bearer(request);
    const claim = readClaim(request);
    if (claim === undefined) throw unsigned(urlOf(request));
    checkTime(claim, clock.nowMs());
    const found = await keys.find(claim.accessKeyId);
    const { account, policy } = verifier.check(request, claim, found, clock.nowMs());
    return { account, region: claim.scope.region, senderId: claim.accessKeyId, policy };
  };
}

/** What was asked for, without a query: that may carry a signature. */
function urlOf(request: HttpRequest): string {
  return `${request.scheme}://${headerOf(request, "host") ?? "localhost"}${request.path}`;
}

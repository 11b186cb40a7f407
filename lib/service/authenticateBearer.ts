import { hash, timingSafeEqual } from "node:crypto";
import { expiredToken, unrecognizedClient } from "#auth/refusals.ts";
import { type HttpRequest, headerOf } from "#protocol/http.ts";
import { restPrefix } from "#protocol/rest/routes.ts";
import type { AccessKeyStore } from "./accessKeyStore.ts";
import type { Authenticate } from "./authenticate.ts";

const scheme = /^Bearer +/i;
const regionOfBearers = "us-east-1";

/** Whether a request to the REST API carries a bearer token. SQS's own protocols know none. */
export function hasBearer(request: HttpRequest): boolean {
  const isRest = request.path.startsWith(restPrefix);
  return isRest && scheme.test(headerOf(request, "authorization") ?? "");
}

/**
 * Believes requests that carry an access key itself, as `Bearer {id}.{secret}`: for the REST API and
 * apps without a signer. An unknown key takes the time of a wrong secret. Temporary keys do not do:
 * their token has no place here.
 */
export function authenticateBearer({
  keys,
  clock,
}: {
  readonly keys: Pick<AccessKeyStore, "find">;
  readonly clock: { nowMs(): number };
}): Authenticate {
  return async (request) => {
    const token = (headerOf(request, "authorization") ?? "").replace(scheme, "").trim();
    const end = token.indexOf(".");
    const accessKeyId = end < 0 ? "" : token.slice(0, end);
    const key = await keys.find(accessKeyId);
    const isRight = isSame(token.slice(end + 1), key?.secret ?? "");
    if (key === undefined || !isRight || key.secret === "") throw unrecognizedClient();
    if (key.session !== undefined) {
      throw clock.nowMs() >= key.session.expiresAtMs ? expiredToken() : unrecognizedClient();
    }
    const { account, policy } = key;
    return { account, region: regionOfBearers, senderId: accessKeyId, policy };
  };
}

/** Digests are of one length, so that the time tells nothing of where texts differ. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string) => Buffer.from(hash("sha256", text, "hex"));
  return timingSafeEqual(digest(left), digest(right));
}

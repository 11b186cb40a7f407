import { SqsError } from "#contract/errors.ts";
import type { Clock } from "#engine/clock.ts";
import type { Authenticate } from "./authenticate.ts";

/** A second's worth may come at once. */
const burstSeconds = 1;
/** Keys that are remembered; the one that was heard of first goes first, and begins anew. */
const keysMax = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

/**
 * Lets each caller make so many requests in a second, and refuses more with `RequestThrottled`, upon
 * which SDKs wait and try again. So that no tenant can take the turns of all others. What a request costs
 * is not weighed. Counted in this process only.
 */
export function limitingRates(
  authenticate: Authenticate,
  { perSecond, clock }: { readonly perSecond: number; readonly clock: Pick<Clock, "nowMs"> },
): Authenticate {
  const most = Math.max(1, perSecond * burstSeconds);
  const buckets = new Map<string, Bucket>();
  return async (request) => {
    const identity = await authenticate(request);
    const nowMs = clock.nowMs();
    const bucket = buckets.get(identity.senderId) ?? { left: most, atMs: nowMs };
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.left = Math.min(most, bucket.left + (passedMs * perSecond) / 1000);
    bucket.atMs = nowMs;
    if (!buckets.has(identity.senderId)) remember(buckets, identity.senderId, bucket);
    if (bucket.left < 1) {
      throw new SqsError("RequestThrottled", `Rate exceeded: ${perSecond} requests a second.`);
    }
    bucket.left -= 1;
    return identity;
  };
}

function remember(buckets: Map<string, Bucket>, key: string, bucket: Bucket): void {
  const [first] = buckets.keys();
  if (buckets.size >= keysMax && first !== undefined) buckets.delete(first);
  buckets.set(key, bucket);
}

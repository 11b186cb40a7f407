import { SqsError } from "#contract/errors.ts";
import type { Clock } from "#engine/clock.ts";
import type { Authenticate, Identity } from "./authenticate.ts";

/** A second's worth may come at once. */
const burstSeconds = 1;
/** Those that are remembered; the one that was heard of first goes first, and begins anew. */
const bucketsMax = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

export interface RateOptions {
  readonly perSecond: number;
  /** Whose requests are counted together: those of one key, or of all keys of an account. */
  readonly of: keyof Pick<Identity, "senderId" | "account">;
  readonly clock: Pick<Clock, "nowMs">;
}

/**
 * Lets each key, or each account, make so many requests in a second, and refuses more with
 * `RequestThrottled`, upon which SDKs wait and try again. So that no tenant can take the turns of all others.
 * What a request costs is not weighed. Counted in this process only.
 */
export function limitingRates(
  authenticate: Authenticate,
  { perSecond, of, clock }: RateOptions,
): Authenticate {
  const most = Math.max(1, perSecond * burstSeconds);
  const buckets = new Map<string, Bucket>();
  return async (request) => {
    const identity = await authenticate(request);
    const who = identity[of];
    const nowMs = clock.nowMs();
    const bucket = buckets.get(who) ?? { left: most, atMs: nowMs };
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.left = Math.min(most, bucket.left + (passedMs * perSecond) / 1000);
    bucket.atMs = nowMs;
    if (!buckets.has(who)) remember(buckets, who, bucket);
    if (bucket.left < 1) {
      throw new SqsError("RequestThrottled", `Rate exceeded: ${perSecond} requests a second.`);
    }
    bucket.left -= 1;
    return identity;
  };
}

function remember(buckets: Map<string, Bucket>, who: string, bucket: Bucket): void {
  const [first] = buckets.keys();
  if (buckets.size >= bucketsMax && first !== undefined) buckets.delete(first);
  buckets.set(who, bucket);
}

import type { RequestTime } from "./requestTime.ts";

/** The one way to sign that is known here. */
export const algorithm = "AWS4-HMAC-SHA256";

/** The parts of a signature, wherever the request carries them (spec section 2.1). */
export interface SignatureParts {
  /** `{key id}/{scope}`, unread. */
  readonly credential: string;
  /** Names joined by semicolons, as sent. */
  readonly signedHeaders: string;
  readonly signature: string;
  readonly time: RequestTime;
  readonly securityToken: string | undefined;
  /** Of a presigned URL: how long it is good. */
  readonly expiresSeconds?: number;
}

/** An instant as signatures write it, in ISO 8601's basic format: `20260101T000000Z`. */
export interface RequestTime {
  readonly text: string;
  readonly atMs: number;
}

/** How far a request's time may be from ours, either way (spec section 2.1, rule 9). */
export const skewMsMax = 15 * 60 * 1000;

const basicFormat = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** `undefined` for what is not in the basic format, or no instant. */
export function readBasicTime(text: string): RequestTime | undefined {
  const atMs = Date.parse(text.replace(basicFormat, "$1-$2-$3T$4:$5:$6Z"));
  // To write it again finds out February 30th, which the parser takes for March.
  return basicFormat.test(text) && basicTime(atMs) === text ? { text, atMs } : undefined;
}

/** The header `Date`, in HTTP's own format. `undefined` for what is not in it. */
export function readHttpDate(text: string): RequestTime | undefined {
  const atMs = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : { text: basicTime(atMs), atMs };
}

/** An instant in the basic format; empty for what is none. */
export function basicTime(atMs: number): string {
  if (Number.isNaN(atMs)) return "";
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

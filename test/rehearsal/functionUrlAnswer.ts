/** An answer as it goes out over HTTP. */
export interface UrlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** What Lambda makes of the result of a function; `undefined` if it is no answer. */
export function answerOf(result: unknown): UrlAnswer | undefined {
  const isPlain = typeof result !== "object" || result === null || !("statusCode" in result);
  if (isPlain) {
    const body = Buffer.from(typeof result === "string" ? result : JSON.stringify(result));
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as Result;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (body !== undefined && typeof body !== "string") return undefined;
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...lowerCased(headers),
      ...(cookies !== undefined && { "set-cookie": cookies }),
    },
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

interface Result {
  readonly statusCode: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

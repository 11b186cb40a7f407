/** What S3 said to one request. */
export interface S3Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The code of an error, empty where there is none, and a text for the log. */
export function described({ status, body }: S3Answer): { code: string; text: string } {
  const xml = Buffer.from(body).toString();
  const code = elementOf(xml, "Code");
  return { code, text: `${status} ${code} ${elementOf(xml, "Message")}`.trim() };
}

/** S3's errors are flat XML, so the first element of a name is the only one. */
function elementOf(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
}

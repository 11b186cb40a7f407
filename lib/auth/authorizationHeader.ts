import { incompleteHeader, incompleteSignature, notSigV4, unreadableTime } from "./refusals.ts";
import { type RequestTime, readBasicTime, readHttpDate } from "./requestTime.ts";
import { algorithm, type SignatureParts } from "./signatureParts.ts";
import { headerText, type SignedRequest } from "./signedRequest.ts";

const needed = ["Credential", "Signature", "SignedHeaders"] as const;

/**
 * Reads a signature from the header `Authorization` (spec section 2.1, carrier 1):
 *
 *   AWS4-HMAC-SHA256 Credential={key id}/{scope}, SignedHeaders={names}, Signature={hex}
 *
 * and its time from `X-Amz-Date`, or `Date` where there is none. Throws one error that names
 * everything that is missing (spec section 2.2).
 */
export function readAuthorization(request: SignedRequest, header: string): SignatureParts {
  const members = membersOf(header);
  const [credential, signature, signedHeaders] = needed.map((name) => members.get(name));
  const amzDate = headerText(request, "x-amz-date");
  const date = headerText(request, "date");
  const hasTime = amzDate !== undefined || date !== undefined;
  if (!credential || !signature || !signedHeaders || !hasTime) {
    throw incompleteHeader(whatIsMissing(members, hasTime), header);
  }
  return {
    credential,
    signature,
    signedHeaders,
    time: timeOf(amzDate, date),
    securityToken: headerText(request, "x-amz-security-token"),
  };
}

function membersOf(header: string): ReadonlyMap<string, string> {
  const [scheme = "", ...rest] = header.split(" ");
  if (!scheme.startsWith("AWS4-")) throw notSigV4();
  if (scheme !== algorithm) {
    throw incompleteSignature(
      `Unsupported AWS 'algorithm': '${scheme}' (only ${algorithm} for now). `,
    );
  }
  const members = new Map<string, string>();
  // Commas, blanks or both: clients differ.
  for (const member of rest.join(" ").split(/[, ]+/)) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(member) ?? [];
    if (name === undefined || value === undefined) continue;
    if (members.has(name)) throw incompleteHeader(`'${name}' is given more than once.`, header);
    members.set(name, value);
  }
  return members;
}

function whatIsMissing(members: ReadonlyMap<string, string>, hasTime: boolean): string {
  return [
    ...needed
      .filter((name) => !members.get(name))
      .map((name) => `Authorization header requires '${name}' parameter.`),
    ...(hasTime
      ? []
      : ["Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."]),
  ].join(" ");
}

function timeOf(amzDate: string | undefined, date = ""): RequestTime {
  const time =
    amzDate === undefined ? (readHttpDate(date) ?? readBasicTime(date)) : readBasicTime(amzDate);
  if (time === undefined) throw unreadableTime(amzDate ?? date);
  return time;
}

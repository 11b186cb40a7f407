import { incompleteSignature, invalidSignature } from "./refusals.ts";
import type { RequestTime } from "./requestTime.ts";

/** For what a signature is good. The service is always `sqs`. */
export interface CredentialScope {
  /** As `20260101`. */
  readonly date: string;
  readonly region: string;
}

/** The last part of every scope. */
export const terminator = "aws4_request";
export const serviceName = "sqs";

const regionName = /^[a-z0-9-]{1,32}$/;

/**
 * Reads `{key id}/{yyyymmdd}/{region}/sqs/aws4_request`. Any region is served, so any name that could
 * be a region's is right; the date must be that of the request (spec sections 2.1 and 2.2).
 */
export function readCredential(
  credential: string,
  time: RequestTime,
): { readonly accessKeyId: string; readonly scope: CredentialScope } {
  const parts = credential.split("/");
  const [accessKeyId = "", date = "", region = "", service = "", end = ""] = parts;
  if (parts.length !== 5 || accessKeyId === "") {
    throw incompleteSignature(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  const problems = [
    regionName.test(region) ? [] : ["Credential should be scoped to a valid region."],
    service === serviceName
      ? []
      : [`Credential should be scoped to correct service: '${serviceName}'.`],
    end === terminator
      ? []
      : [`Credential should be scoped with a valid terminator: '${terminator}', not '${end}'.`],
    date === time.text.slice(0, 8) ? [] : [wrongDate(date, time)],
  ].flat();
  if (problems.length > 0) throw invalidSignature(problems.join(" "));
  return { accessKeyId, scope: { date, region } };
}

function wrongDate(date: string, { text }: RequestTime): string {
  return (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
    `'${date}' != '${text.slice(0, 8)}', from '${text}'.`
  );
}

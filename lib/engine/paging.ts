import { hash } from "node:crypto";
import { invalidParameterValue } from "#contract/errors.ts";
import { pageResults, within } from "#contract/limits.ts";
import { isQueueName } from "#contract/names.ts";

const digestCharacters = 16;

/** How much of a listing one call is to give, and after which name it goes on. */
export interface Page {
  readonly limit: number;
  readonly after: string | undefined;
}

/**
 * Reads the paging members of ListQueues and ListDeadLetterSourceQueues (spec section 3.8).
 * `binding` is a text of the call's other parameters, which must be the same on every page. A call
 * without `MaxResults` gets as much as fits one page, and its answer no token.
 */
export function readPage({
  maxResults,
  nextToken,
  binding,
}: {
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
  readonly binding: string;
}): Page {
  if (nextToken !== undefined && maxResults === undefined) {
    throw invalidParameterValue(
      "MaxResults is a mandatory parameter when you provide a value for NextToken.",
    );
  }
  const limit = maxResults ?? pageResults.max;
  if (!within(pageResults, limit)) {
    throw invalidParameterValue(
      "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
    );
  }
  return { limit, after: nextToken === undefined ? undefined : readToken(nextToken, binding) };
}

/**
 * The token with which a listing goes on after `last`. It is base64 of
 *
 *     | digest of what follows | digest of the binding | last |
 *     |      16 characters     |     16 characters     |      |
 *
 * so that a damaged token is told from one that is used with other parameters. It keeps no secret.
 */
export function nextTokenFor(binding: string, last: string): string {
  const content = digest(binding) + last;
  return Buffer.from(digest(content) + content).toString("base64");
}

function readToken(token: string, binding: string): string {
  const text = Buffer.from(token, "base64").toString();
  const content = text.slice(digestCharacters);
  // Node's decoder overlooks what is no base64, so the token must be what its text encodes to.
  const isWhole = Buffer.from(text).toString("base64") === token;
  if (!isWhole || content.length < digestCharacters || text !== digest(content) + content) {
    throw invalidParameterValue("Invalid or expired next token.");
  }
  if (!content.startsWith(digest(binding))) {
    throw invalidParameterValue(
      "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.",
    );
  }
  const after = content.slice(digestCharacters);
  // Anybody can compute the digests.
  if (!isQueueName(after)) throw invalidParameterValue("Invalid or expired next token.");
  return after;
}

function digest(text: string): string {
  return hash("sha256", text, "hex").slice(0, digestCharacters);
}

import { queueUrl } from "#contract/names.ts";
import type { Caller } from "./engine.ts";
import { nextTokenFor, readPage } from "./paging.ts";
import type { Queue } from "./queue.ts";

/** One page of a listing of queues. Without `MaxResults` there is never a next one. */
export async function pageOfQueues(
  caller: Caller,
  input: { readonly NextToken?: string; readonly MaxResults?: number },
  listing: {
    /** The other parameters, which must not change from page to page. */
    readonly binding: string;
    readonly list: (after: string | undefined) => AsyncIterable<Queue>;
  },
): Promise<{ readonly urls: readonly string[]; readonly nextToken: string | undefined }> {
  const { binding } = listing;
  const { MaxResults: maxResults, NextToken: nextToken } = input;
  const { limit, after } = readPage({ maxResults, nextToken, binding });
  const names: string[] = [];
  let hasMore = false;
  for await (const { name } of listing.list(after)) {
    hasMore = names.length === limit;
    if (hasMore) break;
    names.push(name);
  }
  const last = names.at(-1);
  const goesOn = hasMore && maxResults !== undefined && last !== undefined;
  return {
    urls: names.map((name) => queueUrl(caller.origin, caller.account, name)),
    nextToken: goesOn ? nextTokenFor(binding, last) : undefined,
  };
}

import { SqsError } from "#contract/errors.ts";
import type { ActionName } from "#contract/operations.ts";
import { type HttpRequest, headerOf } from "#protocol/http.ts";
import type { Authenticate } from "./authenticate.ts";

/**
 * Keeps web pages away from a server that believes everybody. A browser on this machine reaches it
 * for any page that asks, in two ways:
 *
 * - a page sends a form, an image's address or a script's request to us. The browser names the page's
 *   own origin, or says that it is of another site. Of an image it says neither where we are not this
 *   machine to it, and a page may forbid it to say where it stands. What is left is who asks, and for what:
 *   nothing that changes something is done for a GET of a browser, or for an image, unless a client has
 *   signed it in a header, which no page can;
 * - a page's own domain is made to point here (DNS rebinding). The browser then takes us for the page's
 *   server, and names that domain in `Host`.
 *
 * So `Host` and `Origin` must name something that no stranger can own: an address (of this machine, in
 * `Origin`), a name without a dot, a name reserved for machines and private networks, or one that `hosts`
 * allows. Programs send no
 * `Origin`. Where requests are signed none of this is needed: no page knows a key.
 *
 * Throws `AccessDeniedException`.
 */
export function refusingForeignPages(
  authenticate: Authenticate,
  hosts: readonly string[],
): Authenticate {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  // A client says the same at each request.
  let familiar: string | undefined;
  const checkHost = (host: string) => {
    if (host === familiar) return;
    if (!isOurs(nameIn(host), allowed)) throw denied("Host header", host);
    familiar = host;
  };
  return (request) => {
    const host = headerOf(request, "host");
    if (host !== undefined) checkHost(host);
    checkPage(request, allowed);
    return authenticate(request);
  };
}

function checkPage(request: HttpRequest, allowed: ReadonlySet<string>): void {
  const origin = headerOf(request, "origin");
  if (origin !== undefined) {
    if (!isNear(hostIn(origin), allowed)) throw denied("Origin header", origin);
    return;
  }
  if (headerOf(request, "sec-fetch-site") === "cross-site") {
    throw denied("request", "one that a page of another site made");
  }
  const referer = headerOf(request, "referer");
  if (referer !== undefined && !isNear(hostIn(referer), allowed)) {
    throw denied("Referer header", URL.parse(referer)?.origin ?? "none");
  }
  if (request.method === "GET" && isOfPage(request) && !isRead(request)) {
    throw new SqsError(
      "AccessDeniedException",
      "Expected what changes something to come by POST, or signed, got a GET of a browser.",
    );
  }
}

function hostIn(url: string): string {
  return URL.parse(url)?.hostname ?? "";
}

/** Whether a page may be behind it: all browsers say so, and whatever shows images of others asks for them. */
function isOfPage(request: HttpRequest): boolean {
  if (headerOf(request, "authorization")?.startsWith("AWS") === true) return false;
  const isBrowser = headerOf(request, "user-agent")?.startsWith("Mozilla/") === true;
  return isBrowser || /\b(?:image|text\/html)\b/.test(headerOf(request, "accept") ?? "");
}

/** However often and in whatever disguise the action is named. */
function isRead({ query }: HttpRequest): boolean {
  return new URLSearchParams(query).getAll("Action").every((action) => reads.has(action));
}

/** The actions that leave everything as it is. Their answers no page of another origin can read. */
const reads: ReadonlySet<string> = new Set([
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "ListMessageMoveTasks",
  "ListQueues",
  "ListQueueTags",
] satisfies ActionName[]);

function isOurs(name: string, allowed: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  if (lower === "") return false;
  return address.test(lower) || privateName.test(lower) || allowed.has(lower);
}

/** A page's own address proves nothing unless it is this machine's: strangers have addresses, too. */
function isNear(name: string, allowed: ReadonlySet<string>): boolean {
  return address.test(name) ? loopback.test(name) || allowed.has(name) : isOurs(name, allowed);
}

const loopback = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/;
/** Without a dot, or under a name that nobody can register. */
const privateName = /^(?:[^.]+|.*\.(?:localhost|local|internal|test|home\.arpa))$/;

/** The name in a `Host` header, without the port. */
function nameIn(host: string): string {
  return host.replace(/:\d*$/, "");
}

function denied(what: string, got: string): SqsError {
  return new SqsError(
    "AccessDeniedException",
    `Expected the ${what} to name this server, got ${got}. See --allowed-hosts.`,
  );
}

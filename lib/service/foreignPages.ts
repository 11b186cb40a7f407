import { SqsError } from "#contract/errors.ts";
import { type HttpRequest, headerOf } from "#protocol/http.ts";
import type { Authenticate } from "./authenticate.ts";

/**
 * Keeps web pages away from a server that believes everybody. A browser on this machine reaches it
 * for any page that asks, in two ways:
 *
 * - a page sends a form, an image's address or a script's request to us. The browser names the page's
 *   own origin, or says that it is of another site;
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
  if (origin !== undefined && !isNear(URL.parse(origin)?.hostname ?? "", allowed)) {
    throw denied("Origin header", origin);
  }
  if (headerOf(request, "sec-fetch-site") === "cross-site" && origin === undefined) {
    throw denied("request", "one that a page of another site made");
  }
}

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

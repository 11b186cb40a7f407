import type { Clock } from "#engine/clock.ts";
import { headerOf } from "#protocol/http.ts";
import type { Log } from "./log.ts";
import type { Handle } from "./service.ts";

/** No name of a queue is so long, but receipt handles are, which stand in the paths of the REST API. */
const longPart = /\/[^/]{100,}/g;

/**
 * Logs every request at the level debug once it is answered: what was asked, with which status, how
 * long it took. Never a body, a query (it may carry a signature) or any header but the target.
 */
export function traced(
  handle: Handle,
  { log, clock }: { readonly log: Log; readonly clock: Pick<Clock, "nowMs"> },
): Handle {
  return async (request, signal) => {
    const startedMs = clock.nowMs();
    const response = await handle(request, signal);
    log.debug("request.answered", {
      requestId: response.headers["x-amzn-RequestId"],
      method: request.method,
      path: request.path.replace(longPart, "/…"),
      target: headerOf(request, "x-amz-target"),
      status: response.status,
      error: response.headers["x-amzn-query-error"],
      durationMs: clock.nowMs() - startedMs,
      hasHungUp: signal.aborted,
    });
    return response;
  };
}

import { anyCredentials } from "#service/authenticate.ts";
import { createQueueService } from "#service/queueService.ts";
import { serveFunctionUrl } from "#transport/lambda.ts";
import { openFunction } from "./shared/openFunction.ts";

const api = await openFunction("api", process.env);
const { account, isRelaxed, publicUrl } = api.config;

const { handle } = createQueueService({
  ...api,
  isRelaxed,
  // The URL has let in only callers that IAM permits to invoke this function; all are one account.
  authenticate: anyCredentials({ account }),
  newRequestId: api.newId,
  publicUrl,
});

const serve = serveFunctionUrl(handle);

/** Ends a request that would outlive its invocation in a way that SQS clients try again. */
const early = {
  timeoutEarlyInMillis: 1000,
  timeoutEarlyResponse: () => ({ statusCode: 503, headers: {}, body: "", isBase64Encoded: false }),
};

/** Answers every request of an SQS client. */
export const handler = api.handler((event, _context, { signal }) => serve(event, signal), {
  early,
});

import { authenticateSigned } from "#service/authenticateSigned.ts";
import { createQueueService } from "#service/queueService.ts";
import { functionUrlLimit, serveFunctionUrl } from "#transport/lambda.ts";
import { strangersRequest } from "./api/strangersRequest.ts";
import { warmUp } from "./api/warmUp.ts";
import { openAccessKeys } from "./shared/openAccessKeys.ts";
import { openFunction } from "./shared/openFunction.ts";

const api = await openFunction("api", process.env, "kms-key");
const { config, table, clock } = api;
const { isRelaxed, publicUrl } = config;
const { keys, sealing } = openAccessKeys(table, config);

const { handle, requestBytesMax } = createQueueService({
  ...api,
  isRelaxed,
  // Whoever knows the URL reaches this function: nobody gets further without a key.
  authenticate: authenticateSigned({ keys, clock, publicUrl }),
  newRequestId: api.newId,
  publicUrl,
  answerLimit: functionUrlLimit,
});

const serve = serveFunctionUrl(handle, { requestBytesMax });

/** Before the invocation runs out: when a wait is to end, and when an answer is due at the latest. */
const waitEndMs = 2500;
const answerDueMs = 1000;

/** Answers every request of an SQS client. What would outlive its invocation SDKs send again. */
export const handler = api.handler(
  async (event, context) => {
    const waiting = new AbortController();
    const leftMs = context.getRemainingTimeInMillis() - waitEndMs;
    const cancel = clock.after(leftMs, () => waiting.abort());
    try {
      return await serve(event, waiting.signal);
    } finally {
      cancel();
    }
  },
  {
    early: {
      timeoutEarlyInMillis: answerDueMs,
      timeoutEarlyResponse: () => ({
        statusCode: 503,
        headers: {},
        body: "",
        isBase64Encoded: false,
      }),
    },
  },
);

// Lambda says how it starts a function; whoever else imports this one wants no calls made.
if (process.env["AWS_LAMBDA_INITIALIZATION_TYPE"] !== undefined) {
  const { signal } = new AbortController();
  await warmUp(sealing.find("none"), serve(strangersRequest(clock), signal));
}

import type { AccessKeyStore } from "#service/accessKeyStore.ts";
import { authenticateSigned } from "#service/authenticateSigned.ts";
import { createQueueService } from "#service/queueService.ts";
import { functionUrlLimit, serveFunctionUrl } from "#transport/lambda.ts";
import { messageLives } from "./api/messageLives.ts";
import { openAccessKeys, openWarmUpKeys } from "./shared/openAccessKeys.ts";
import { type FunctionParts, openFunction } from "./shared/openFunction.ts";
import { warmUp, warmUpContext } from "./shared/warmUp.ts";

/** Before the invocation runs out: when a wait is to end, and when an answer is due at the latest. */
const waitEndMs = 2500;
const answerDueMs = 1000;

const api = await openFunction("api", process.env, "kms-key");
const { keys, sealing } = openAccessKeys(api.table, api.config);

/** Answers every request of an SQS client. What would outlive its invocation SDKs send again. */
export const handler = serving(api, keys);

await warmUp(
  process.env,
  api.log,
  () => sealing.open(),
  async (stop) => {
    const rehearsal = api.forWarmUp();
    const { keys, newKey } = openWarmUpKeys(rehearsal);
    const handle = serving(rehearsal, keys);
    await messageLives((event) => handle(event, warmUpContext), await newKey(), stop);
  },
);

function serving(api: FunctionParts, keys: AccessKeyStore) {
  const { config, clock } = api;
  const { isRelaxed, publicUrl } = config;
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
  return api.handler(
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
}

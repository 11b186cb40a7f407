import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DeclaredQueues } from "#service/declaredQueues.ts";
import { accessKeyResource } from "./resource/accessKeyResource.ts";
import { answerCloudFormation } from "./resource/answerCloudFormation.ts";
import { queueResource } from "./resource/queueResource.ts";
import { secretWriter } from "./resource/secretWriter.ts";
import { openAccessKeys } from "./shared/openAccessKeys.ts";
import { openFunction } from "./shared/openFunction.ts";

const { config, ...resource } = await openFunction("resource", process.env, "kms-key");
const { table, log, clock } = resource;
const { account } = config;
const region = process.env["AWS_REGION"];
assert(region !== undefined);

const answer = answerCloudFormation({
  resources: new Map([
    ["Custom::MillraceQueue", queueResource(new DeclaredQueues({ ...resource, account, region }))],
    [
      "Custom::MillraceAccessKey",
      accessKeyResource({
        keys: openAccessKeys(table, config).keys,
        putSecret: secretWriter(),
        account,
        region,
      }),
    ],
  ]),
  log,
  sleep: (durationMs) => sleep(durationMs),
});

/** What is kept of an invocation for telling CloudFormation that the time was too short. */
const answerMsMax = 25_000;

/** Makes true what a stack declares of queues and access keys. */
export const handler = resource.handler(async (event, context) => {
  const ending = new AbortController();
  const leftMs = context.getRemainingTimeInMillis() - answerMsMax;
  const cancel = clock.after(leftMs, () => ending.abort());
  try {
    await answer(event, ending.signal);
  } finally {
    cancel();
  }
});

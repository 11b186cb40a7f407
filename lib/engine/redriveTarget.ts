import type { QueueAddress } from "#contract/names.ts";
import { isFifoName, parseArn, queueArn } from "#contract/names.ts";
import type { EngineContext } from "./engineContext.ts";
import { allowsSource } from "./redriveAllowPolicy.ts";
import {
  deadLetterNotAllowed,
  deadLetterOwnerDiffers,
  deadLetterTargetMissing,
  deadLetterTypeDiffers,
  parseRedrivePolicy,
} from "./redrivePolicy.ts";

/**
 * Refuses a redrive policy whose dead-letter queue the source may not use (spec section 3.4). A queue
 * may be its own dead-letter queue.
 */
export async function checkRedriveTarget(
  { queues }: EngineContext,
  source: QueueAddress,
  attributes: ReadonlyMap<string, string> | undefined,
): Promise<void> {
  const json = attributes?.get("RedrivePolicy");
  if (json === undefined || json === "") return;
  const arn = parseArn(parseRedrivePolicy(json).deadLetterTargetArn);
  if (arn === undefined || arn.account !== source.account || arn.region !== source.region) {
    throw deadLetterOwnerDiffers(json);
  }
  const target = await queues.find(source.account, arn.resource);
  if (target === undefined || target.region !== arn.region) throw deadLetterTargetMissing(json);
  if (isFifoName(target.name) !== isFifoName(source.name)) throw deadLetterTypeDiffers(json);
  if (!allowsSource(target.settings.redriveAllowPolicy, queueArn(source))) {
    throw deadLetterNotAllowed(json);
  }
}

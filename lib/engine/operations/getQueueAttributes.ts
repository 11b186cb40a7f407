import type { Input, Output } from "#contract/operations.ts";
import { countMessages } from "../counts.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { arnOf, type Queue } from "../queue.ts";
import { requireQueue } from "../queueAddress.ts";
import { checkAttributeNames, describeSettings } from "../queueSettings.ts";

const countNames = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** The attributes that are asked for, those among them that the queue has (spec section 3.2). */
export async function getQueueAttributes(
  context: EngineContext,
  input: Input<"GetQueueAttributes">,
  caller: Caller,
): Promise<Output<"GetQueueAttributes">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const names = input.AttributeNames ?? [];
  checkAttributeNames(names);
  const isWanted = (name: string) => names.includes("All") || names.includes(name);
  const attributes = new Map<string, string>();
  const known = [...facts(queue), ...describeSettings(queue.settings)];
  if (countNames.some(isWanted)) known.push(...(await counts(context, queue)));
  for (const [name, value] of known) if (isWanted(name)) attributes.set(name, value);
  return { Attributes: attributes };
}

function facts(queue: Queue): (readonly [name: string, value: string])[] {
  return [
    ["QueueArn", arnOf(queue)],
    ["CreatedTimestamp", seconds(queue.createdAtMs)],
    ["LastModifiedTimestamp", seconds(queue.modifiedAtMs)],
  ];
}

async function counts(
  context: EngineContext,
  queue: Queue,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const { available, inFlight, delayed } = await countMessages(context, queue);
  const values = [available, inFlight, delayed];
  return countNames.map((name, index) => [name, String(values[index])]);
}

function seconds(timeMs: number): string {
  return String(Math.floor(timeMs / 1000));
}

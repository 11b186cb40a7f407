import { SqsError } from "#contract/errors.ts";
import { recreateWaitSeconds } from "#contract/limits.ts";
import { checkNewQueueName, queueUrl } from "#contract/names.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue, QueueEntry } from "../queue.ts";
import {
  changeSettings,
  defaultSettings,
  firstDifference,
  isFifoRequested,
  type QueueSettings,
} from "../queueSettings.ts";
import type { QueueChange } from "../queueStore.ts";
import { checkRedriveTarget } from "../redriveTarget.ts";
import { checkAllTags, checkTags } from "../tags.ts";

interface Wanted {
  readonly attributes: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string> | undefined;
  readonly settings: QueueSettings;
}

/**
 * Makes a queue, or finds the one of that name if it has the attributes and tags that are given
 * (spec section 3.3).
 */
export async function createQueue(
  context: EngineContext,
  input: Input<"CreateQueue">,
  caller: Caller,
): Promise<Output<"CreateQueue">> {
  const attributes = input.Attributes ?? new Map<string, string>();
  const isFifo = isFifoRequested(attributes);
  const name = checkNewQueueName(input.QueueName, isFifo);
  const settings = changeSettings(defaultSettings(isFifo), attributes, "create");
  const hasTags = input.tags !== undefined && input.tags.size > 0;
  const tags = hasTags ? checkAllTags(checkTags(input.tags)) : undefined;
  const { account, region } = caller;
  await checkRedriveTarget(context, { account, region, name }, attributes);
  const wanted = { attributes, tags, settings };
  await context.queues.change(account, name, (entry) =>
    decide(context, entry, wanted, () => newQueue(context, { account, region, name }, wanted)),
  );
  return { QueueUrl: queueUrl(caller.origin, account, name) };
}

function decide(
  { clock, isRelaxed }: EngineContext,
  entry: QueueEntry | undefined,
  wanted: Wanted,
  make: () => Queue,
): QueueChange {
  if (entry?.kind === "live") {
    checkSame(entry.queue, wanted);
    return { kind: "keep" };
  }
  const blockedUntilMs = (entry?.deletedAtMs ?? -Infinity) + recreateWaitSeconds * 1000;
  if (!isRelaxed && clock.nowMs() < blockedUntilMs) {
    throw new SqsError(
      "QueueDeletedRecently",
      "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    );
  }
  return { kind: "store", queue: make() };
}

function checkSame(queue: Queue, { attributes, tags }: Wanted): void {
  const name = firstDifference(queue.settings, attributes);
  if (name !== undefined) throw differs(`attribute ${name}`);
  if (tags === undefined) return;
  const isSame =
    tags.size === queue.tags.size &&
    [...tags].every(([key, value]) => queue.tags.get(key) === value);
  if (!isSame) throw differs("tags");
}

function differs(what: string): SqsError {
  return new SqsError(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for ${what}`,
  );
}

function newQueue(
  { clock, random }: EngineContext,
  address: Pick<Queue, "account" | "region" | "name">,
  { settings, tags }: Wanted,
): Queue {
  const nowMs = clock.nowMs();
  return {
    ...address,
    id: BigInt(`0x${random.hex(8)}`).toString(36),
    epoch: 0,
    lanes: 1,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    settings,
    tags: tags ?? new Map(),
  };
}

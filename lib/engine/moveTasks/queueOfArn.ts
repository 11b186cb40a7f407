import { missingParameter } from "#contract/errors.ts";
import { parseArn } from "#contract/names.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { arnOf, type Queue } from "../queue.ts";
import { type ArnParameter, arnMalformed, arnNotFound } from "./refusals.ts";

/** The ARN that must be given for a source, if it looks like one. */
export function requireSourceArn(arn: string | undefined): string {
  if (arn === undefined || arn === "") throw missingParameter("SourceArn");
  return checkArn("SourceArn", arn);
}

/** Refuses what does not look like an ARN. */
export function checkArn(parameter: ArnParameter, text: string): string {
  const arn = parseArn(text);
  if (arn === undefined || Object.values(arn).includes("")) throw arnMalformed(parameter);
  return text;
}

/** The queue of the caller's account that an ARN names. */
export async function requireQueueOfArn(
  { queues }: EngineContext,
  { account }: Caller,
  parameter: ArnParameter,
  arn: string,
): Promise<Queue> {
  const name = parseArn(arn)?.resource;
  const queue = name && (await queues.find(account, name));
  if (!queue || arnOf(queue) !== arn) throw arnNotFound(parameter);
  return queue;
}

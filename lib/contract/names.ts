import { invalidParameterValue } from "./errors.ts";

const standardName = /^[A-Za-z0-9_-]{1,80}$/;
const fifoName = /^[A-Za-z0-9_-]{1,75}\.fifo$/;
const arnPattern = /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)$/;

/** A queue is FIFO exactly when its name ends so (spec section 3.1). */
export function isFifoName(name: string): boolean {
  return name.endsWith(".fifo");
}

/** Whether a name could be that of any queue. */
export function isQueueName(name: string): boolean {
  return standardName.test(name) || fifoName.test(name);
}

/** Refuses a name that a new queue may not have, with SQS's texts (spec section 3.1). */
export function checkNewQueueName(name: string | undefined, isFifo: boolean): string {
  if (name === undefined) {
    throw invalidParameterValue(
      "Value for parameter QueueName is invalid. Reason: Must specify a queue name.",
    );
  }
  if (name === "") throw invalidParameterValue("Queue name cannot be empty");
  if (isFifo && !fifoName.test(name)) {
    throw invalidParameterValue(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  }
  if (!isFifo && !standardName.test(name)) {
    throw invalidParameterValue(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  return name;
}

/** The parts of an ARN, whatever service it names. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

export function parseArn(text: string): Arn | undefined {
  const match = arnPattern.exec(text);
  if (match === null) return undefined;
  const [, partition = "", service = "", region = "", account = "", resource = ""] = match;
  return { partition, service, region, account, resource };
}

export interface QueueAddress {
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

export function queueArn({ region, account, name }: QueueAddress): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** `origin` is scheme, host and port as the caller reached us, without a final slash. */
export function queueUrl(origin: string, account: string, name: string): string {
  return `${origin}/${account}/${name}`;
}

/**
 * What a `QueueUrl` names: a full URL is read by account and name and never by host, a bare name
 * stands for a queue of the caller's own account, and so does a path without a twelve-digit account
 * (spec section 1.1). `undefined` when it can name no queue at all.
 */
export function parseQueueUrl(
  url: string,
): { readonly account: string | undefined; readonly name: string } | undefined {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/[?#].*$/s, "");
  const parts = path.split("/").filter((part) => part !== "");
  const name = parts.at(-1);
  if (name === undefined || !isQueueName(name)) return undefined;
  const account = parts.at(-2);
  return { account: account !== undefined && /^\d{12}$/.test(account) ? account : undefined, name };
}

import { isQueueName, parseArn, parseQueueUrl } from "#contract/names.ts";

/** What a permission is about. `account` only where the request names one. */
export type Resource =
  | { readonly kind: "queue"; readonly name: string; readonly account: string | undefined }
  /** Every queue of the account whose name starts so. */
  | { readonly kind: "queuesStarting"; readonly prefix: string }
  /** The request does not tell. */
  | { readonly kind: "unknown" };

/** One action on one resource: what a policy allows or does not. */
export interface Permission {
  readonly action: string;
  readonly resource: Resource;
}

/** The members of an action's input. */
export interface Members {
  readonly [member: string]: unknown;
}

/** Batches have no names of their own. */
const singles: ReadonlyMap<string, string> = new Map([
  ["SendMessageBatch", "SendMessage"],
  ["DeleteMessageBatch", "DeleteMessage"],
  ["ChangeMessageVisibilityBatch", "ChangeMessageVisibility"],
]);

/** The name under which an action is allowed (spec section 2.4). */
export function authorisedAs(action: string): string {
  return singles.get(action) ?? action;
}

/**
 * Everything that must be allowed for an action to be done (spec section 2.4). Whatever names no
 * queue in a way known here is about an unknown resource, so that a new action is denied to keys
 * whose policy names queues until it is thought about.
 */
export function permissionsFor(action: string, input: Members): readonly Permission[] {
  const resource = resourceOf(action, input);
  if (action !== "StartMessageMoveTask") return [{ action: authorisedAs(action), resource }];
  // Without a destination the messages go back to queues that the request does not name.
  const destination = queueOfArn(input["DestinationArn"]);
  return [
    ...["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map(
      (needed) => ({ action: needed, resource }),
    ),
    { action: "SendMessage", resource: destination },
  ];
}

function resourceOf(action: string, input: Members): Resource {
  const { QueueUrl: url, QueueName: name, SourceArn: arn, QueueNamePrefix: prefix } = input;
  if (action === "ListQueues") {
    return { kind: "queuesStarting", prefix: typeof prefix === "string" ? prefix : "" };
  }
  if (typeof url === "string") {
    const address = parseQueueUrl(url);
    return address === undefined ? { kind: "unknown" } : { kind: "queue", ...address };
  }
  if (typeof name === "string" && isQueueName(name)) {
    return { kind: "queue", name, account: undefined };
  }
  return queueOfArn(arn);
}

function queueOfArn(text: unknown): Resource {
  const arn = typeof text === "string" ? parseArn(text) : undefined;
  if (arn === undefined || arn.service !== "sqs" || !isQueueName(arn.resource)) {
    return { kind: "unknown" };
  }
  return { kind: "queue", name: arn.resource, account: arn.account };
}

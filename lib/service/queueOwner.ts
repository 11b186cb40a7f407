/** The resource of a CloudFormation stack that declares a queue. */
export interface QueueOwner {
  readonly stackId: string;
  readonly logicalId: string;
}

/** AWS has `aws:cloudformation:…` for the same, which SQS lets nobody set. */
const stackIdTag = "millrace:stack-id";
const logicalIdTag = "millrace:logical-id";

/** How a queue remembers whose it is: as tags, since they are written together with it. */
export function ownerTags({ stackId, logicalId }: QueueOwner): ReadonlyMap<string, string> {
  return new Map([
    [stackIdTag, stackId],
    [logicalIdTag, logicalId],
  ]);
}

/** Whose a queue with such tags is; nobody's if no stack made it nor took it over. */
export function ownerIn(tags: ReadonlyMap<string, string>): QueueOwner | undefined {
  const stackId = tags.get(stackIdTag);
  const logicalId = tags.get(logicalIdTag);
  if (stackId === undefined || logicalId === undefined) return undefined;
  return { stackId, logicalId };
}

/** Whether a queue that has this owner, if any, is the other's. */
export function isSameOwner(one: QueueOwner | undefined, other: QueueOwner): boolean {
  return one?.stackId === other.stackId && one.logicalId === other.logicalId;
}

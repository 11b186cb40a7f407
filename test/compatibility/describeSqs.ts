import type { Protocol } from "../support/sqsClient.ts";
import { describeBatches } from "./describeBatches.ts";
import { describeBodies } from "./describeBodies.ts";
import { describeCreateQueue } from "./describeCreateQueue.ts";
import { describeDeadLetterQueues } from "./describeDeadLetterQueues.ts";
import { describeJsonTraps } from "./describeJsonTraps.ts";
import { describeListing } from "./describeListing.ts";
import { describeLongPolling } from "./describeLongPolling.ts";
import { describeMessageAttributes } from "./describeMessageAttributes.ts";
import { describeMoveTasks } from "./describeMoveTasks.ts";
import { describeOnTable, type OnTableOptions } from "./describeOnTable.ts";
import { describePermissions } from "./describePermissions.ts";
import { describePolicies } from "./describePolicies.ts";
import { describeQueryTraps } from "./describeQueryTraps.ts";
import { describeQueueAttributes } from "./describeQueueAttributes.ts";
import { describeQueueEnd } from "./describeQueueEnd.ts";
import { describeQueueNames } from "./describeQueueNames.ts";
import { describeQueueUrls } from "./describeQueueUrls.ts";
import { describeReceiptHandles } from "./describeReceiptHandles.ts";
import { describeReceiving } from "./describeReceiving.ts";
import { describeRestart } from "./describeRestart.ts";
import { describeRetention } from "./describeRetention.ts";
import { describeSending } from "./describeSending.ts";
import { describeSharedTable } from "./describeSharedTable.ts";
import { describeTags } from "./describeTags.ts";
import { describeTraps } from "./describeTraps.ts";
import { describeVisibilityTimeout } from "./describeVisibilityTimeout.ts";
import { describeWire } from "./describeWire.ts";
import type { SqsTest } from "./sqsTest.ts";

export interface SqsOptions extends OnTableOptions {
  /** Whether several servers may use the table at once. Defaults to no. */
  readonly isShared?: boolean;
}

/** What SQS does, through its own client. Each table's test file is one call of this. */
export function describeSqs(name: string, { isShared = false, ...options }: SqsOptions): void {
  describeOnTable("SQS", name, options, (it, protocol) => {
    describeAllOfSqs(it, protocol);
    if (isShared) describeSharedTable(it);
  });
}

/** What SQS does, by whatever a test is given to talk to. */
export function describeAllOfSqs(it: SqsTest, protocol: Protocol): void {
  if (protocol === "JSON") {
    describeWire(it);
    describeJsonTraps(it);
  } else {
    describeQueryTraps(it);
  }
  describeTraps(it);
  describeQueueNames(it);
  describeQueueUrls(it);
  describeCreateQueue(it);
  describeQueueAttributes(it);
  describePolicies(it);
  describePermissions(it);
  describeTags(it);
  describeListing(it);
  describeQueueEnd(it);
  describeSending(it);
  describeBodies(it);
  describeMessageAttributes(it);
  describeBatches(it);
  describeReceiving(it);
  describeReceiptHandles(it);
  describeVisibilityTimeout(it);
  describeRetention(it);
  describeLongPolling(it);
  describeDeadLetterQueues(it);
  describeMoveTasks(it);
  describeRestart(it);
}

import type { ActionName, Input, Output } from "#contract/operations.ts";
import type { Table } from "#table/table.ts";
import { Background } from "./background.ts";
import type { Clock } from "./clock.ts";
import { Contention } from "./contention.ts";
import type { Caller, Engine } from "./engine.ts";
import type { EngineContext } from "./engineContext.ts";
import type { EngineEvent } from "./engineEvent.ts";
import { Groups } from "./fifo/groups.ts";
import { LaneLoads } from "./laneLoads.ts";
import { LaneMemories } from "./laneMemory.ts";
import { LanePolls } from "./lanePolls.ts";
import { resumeMoveTasks, runMoveTasks } from "./moveTasks/runMoveTasks.ts";
import { addPermission } from "./operations/addPermission.ts";
import { cancelMessageMoveTask } from "./operations/cancelMessageMoveTask.ts";
import { changeMessageVisibility } from "./operations/changeMessageVisibility.ts";
import { changeMessageVisibilityBatch } from "./operations/changeMessageVisibilityBatch.ts";
import { createQueue } from "./operations/createQueue.ts";
import { deleteMessage } from "./operations/deleteMessage.ts";
import { deleteMessageBatch } from "./operations/deleteMessageBatch.ts";
import { deleteQueue } from "./operations/deleteQueue.ts";
import { getQueueAttributes } from "./operations/getQueueAttributes.ts";
import { getQueueUrl } from "./operations/getQueueUrl.ts";
import { listDeadLetterSourceQueues } from "./operations/listDeadLetterSourceQueues.ts";
import { listMessageMoveTasks } from "./operations/listMessageMoveTasks.ts";
import { listQueues } from "./operations/listQueues.ts";
import { listQueueTags } from "./operations/listQueueTags.ts";
import { purgeQueue } from "./operations/purgeQueue.ts";
import { receiveMessage } from "./operations/receiveMessage.ts";
import { removePermission } from "./operations/removePermission.ts";
import { sendMessage } from "./operations/sendMessage.ts";
import { sendMessageBatch } from "./operations/sendMessageBatch.ts";
import { setQueueAttributes } from "./operations/setQueueAttributes.ts";
import { startMessageMoveTask } from "./operations/startMessageMoveTask.ts";
import { tagQueue } from "./operations/tagQueue.ts";
import { untagQueue } from "./operations/untagQueue.ts";
import { putBack } from "./putBack.ts";
import { QueueStore } from "./queueStore.ts";
import type { Random } from "./random.ts";
import { RecentContents } from "./recentContents.ts";
import { SendOrder } from "./sendOrder.ts";
import { SendSigns } from "./sendSigns.ts";
import { sweep } from "./sweep/sweep.ts";
import { Waiters } from "./waiters.ts";

export interface EngineOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  /** Turns off SQS's two waiting rules of 60 seconds, for test suites. Default: they hold. */
  readonly isRelaxed?: boolean;
  /**
   * Whether it goes on, in the background, with message move tasks that other processes left: right
   * for one that lives on by itself. Default: no, and somebody has to call `sweep`.
   */
  readonly resumesMoveTasks?: boolean;
  /** Told of what an operator may want to know. Default: nobody is. */
  readonly report?: (event: EngineEvent) => void;
}

type Operation<Action extends ActionName> = (
  context: EngineContext,
  input: Input<Action>,
  caller: Caller,
) => Promise<Output<Action>>;

const operations: { readonly [Action in ActionName]: Operation<Action> } = {
  AddPermission: addPermission,
  CancelMessageMoveTask: cancelMessageMoveTask,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  CreateQueue: createQueue,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: deleteQueue,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  ListMessageMoveTasks: listMessageMoveTasks,
  ListQueueTags: listQueueTags,
  ListQueues: listQueues,
  PurgeQueue: purgeQueue,
  ReceiveMessage: receiveMessage,
  RemovePermission: removePermission,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: setQueueAttributes,
  StartMessageMoveTask: startMessageMoveTask,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
};

/** The queue engine over a table. Several may serve one table at once if the table is shared. */
export function createEngine(options: EngineOptions): Engine {
  const { table, clock, random, isRelaxed = false, resumesMoveTasks = false } = options;
  const { report = () => undefined } = options;
  const background = new Background(report);
  const waiters = new Waiters(clock);
  const lanes = new LaneMemories(table.traits.isShared);
  const context: EngineContext = {
    table,
    clock,
    random,
    queues: new QueueStore(table, clock, random),
    waiters,
    lanes,
    contents: new RecentContents(table),
    polls: new LanePolls(lanes),
    laneLoads: new LaneLoads(),
    contention: new Contention(),
    sendOrder: new SendOrder(),
    signs: new SendSigns(),
    groups: new Groups({ random, isShared: table.traits.isShared }),
    isRelaxed,
    report,
    background,
  };
  if (resumesMoveTasks) resumeMoveTasks(context);
  return {
    operate: (action, input, caller) => operations[action](context, input, caller),
    putBack: (input, caller) => putBack(context, input, caller),
    runMoveTasks: (budget) => runMoveTasks(context, budget),
    sweep: (run) => sweep(context, { ...run, runsMoveTasks: !resumesMoveTasks }),
    releaseWaiters: () => waiters.releaseAll(),
    close: async () => {
      waiters.releaseAll();
      await background.close();
    },
  };
}

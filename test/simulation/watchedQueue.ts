import { receiptHandleOf } from "#engine/receiptHandle.ts";
import type { PolledQueue } from "#poll/queue.ts";
import { engineQueue } from "#service/engineQueue.ts";
import type { PollWorld } from "./pollWorld.ts";
import { account, type SimulatedProcess } from "./simulatedProcess.ts";

/** The queue that a poller polls, of the engine in its process; tells of all that is asked of it. */
export function watchedQueue(
  world: PollWorld,
  process: SimulatedProcess,
  { name, canPutBack }: { readonly name: string; readonly canPutBack: boolean },
): PolledQueue {
  const { ledger, watch, clock } = world;
  const queue = engineQueue(process.engine, name, { account, region: "test" });
  const known = world.queue(name);
  return {
    getQueueAttributes: (input) => queue.getQueueAttributes(input),
    async receiveMessage(input, signal) {
      const beganAtMs = clock.nowMs();
      const output = await queue.receiveMessage(input, signal);
      for (const message of output.Messages ?? []) {
        const { token } = receiptHandleOf(known, message.ReceiptHandle ?? "").received;
        ledger.hasReceived(message, { beganAtMs, token });
        world.note(`a poller received ${message.MessageId}`);
      }
      return output;
    },
    async deleteMessageBatch(input) {
      for (const { ReceiptHandle } of input.Entries ?? []) ledger.asksToDelete(ReceiptHandle ?? "");
      const output = await queue.deleteMessageBatch(input);
      for (const { Id } of output.Successful ?? []) {
        const entry = input.Entries?.find((each) => each.Id === Id);
        const { id, handle } = ledger.heldBy(entry?.ReceiptHandle ?? "");
        const queueId = watch.queueOf(id);
        const isElsewhere = queueId !== undefined && queueId !== known.id;
        ledger.hasDeleted(handle, queueId === known.id, isElsewhere);
        world.note(`a poller deleted ${id}`);
      }
      return output;
    },
    async changeMessageVisibilityBatch(input) {
      const ids = input.Entries?.map(({ ReceiptHandle = "" }) => ledger.heldBy(ReceiptHandle).id);
      const output = await queue.changeMessageVisibilityBatch(input);
      for (const { Id } of output.Successful ?? []) {
        const entry = input.Entries?.find((each) => each.Id === Id);
        ledger.hasExtended(entry?.ReceiptHandle ?? "");
      }
      const [seconds] = input.Entries?.map(({ VisibilityTimeout }) => VisibilityTimeout) ?? [];
      world.note(`a poller holds for ${seconds} s ${ids}, not ${output.Failed?.length}`);
      return output;
    },
    ...(canPutBack && {
      async putBack(handles) {
        for (const handle of handles) ledger.asksToPutBack(handle);
        world.note(`a poller puts back ${handles.map((handle) => ledger.heldBy(handle).id)}`);
        await queue.putBack?.(handles);
      },
    }),
  };
}

import type { Input, Output } from "#contract/operations.ts";
import type { Caller, Engine } from "#engine/engine.ts";
import type { Codec } from "#protocol/codec.ts";
import type { HttpResponse } from "#protocol/http.ts";
import type { Log } from "./log.ts";

/** What a transport can carry, where that is less than ten messages of the largest size. */
export interface AnswerLimit {
  readonly bytesMax: number;
  /** What the transport makes of a body. */
  bytesOf(body: HttpResponse["body"]): number;
}

export interface CutOptions {
  readonly engine: Pick<Engine, "putBack">;
  readonly codec: Codec;
  readonly requestId: string;
  readonly limit: AnswerLimit;
  readonly log: Log;
}

/**
 * The answer to a receive with as many of its messages, from the first, as the transport can carry. A
 * receive may always answer with fewer than it was asked for; the others are put back as if they had
 * not been received.
 *
 * Throws if not even one can be carried. That one stays received, so that the queue does not hang on
 * it, and goes to the dead-letter queue in the end, if there is one.
 */
export async function cutAnswer(
  { engine, codec, requestId, limit, log }: CutOptions,
  output: Output<"ReceiveMessage">,
  input: Pick<Input<"ReceiveMessage">, "QueueUrl">,
  caller: Caller,
): Promise<HttpResponse> {
  const messages = output.Messages ?? [];
  let answer: HttpResponse | undefined;
  let carried = 0;
  for (let tooMany = messages.length; tooMany - carried > 1; ) {
    const count = Math.floor((carried + tooMany) / 2);
    const some = { Messages: messages.slice(0, count) };
    const candidate = codec.encodeResult("ReceiveMessage", some, requestId);
    if (limit.bytesOf(candidate.body) > limit.bytesMax) tooMany = count;
    else [answer, carried] = [candidate, count];
  }
  const handles = messages
    .slice(Math.max(1, carried))
    .flatMap(({ ReceiptHandle }) => ReceiptHandle ?? []);
  try {
    await engine.putBack({ ...input, ReceiptHandles: handles }, caller);
  } catch (error) {
    // They come back when their visibility timeout ends.
    log.warn("answer.surplusKept", { requestId, error });
  }
  if (answer !== undefined) return answer;
  const messageId = messages[0]?.MessageId;
  throw new Error(`no answer can carry message ${messageId}: ${limit.bytesMax} bytes are too few`);
}

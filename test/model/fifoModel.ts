/** What SQS says of a FIFO queue, as simply as it can be said. */
export class FifoModel {
  readonly visibilityTimeoutSeconds = 30;
  readonly #groups = new Map<string, FifoMessage[]>();
  /** By deduplication id: who has it, and until when. */
  readonly #accepted = new Map<string, { readonly body: string; readonly untilMs: number }>();
  /** Every receipt handle that was given out, the latest last. */
  readonly handles: FifoHandle[] = [];

  /** Answers whose message it is: this one, or an earlier one with the same deduplication id. */
  sends(message: Sent, nowMs: number): string {
    const before = this.#accepted.get(message.deduplicationId);
    if (before !== undefined && nowMs < before.untilMs) return before.body;
    const { body, group, deduplicationId } = message;
    this.#accepted.set(deduplicationId, { body, untilMs: nowMs + deduplicationMs });
    const messages = this.#groups.get(group) ?? [];
    messages.push({ body, visibleAtMs: nowMs, receives: 0, handle: undefined });
    this.#groups.set(group, messages);
    return body;
  }

  /** How many messages all groups together would hand out now. */
  receivable(nowMs: number): number {
    return [...this.#groups.values()].reduce(
      (sum, messages) => sum + leadingRun(messages, nowMs).length,
      0,
    );
  }

  /** Takes note of an answer. Throws if it breaks a group's order, or hands out what somebody holds. */
  received(answer: readonly ReceivedMessage[], timeoutSeconds: number, nowMs: number): void {
    const runs = new Map([...this.#groups].map(([group, all]) => [group, leadingRun(all, nowMs)]));
    let last: string | undefined;
    const seen = new Set<string>();
    for (const { body, group, handle, receiveCount } of answer) {
      if (group !== last && seen.has(group)) throw new Error(`group ${group} comes in two parts`);
      seen.add(group);
      last = group;
      const message = runs.get(group)?.shift();
      if (message?.body !== body) {
        throw new Error(`expected ${message?.body} of group ${group}, got ${body}`);
      }
      message.receives += 1;
      if (message.receives !== receiveCount) {
        throw new Error(`expected receive ${message.receives} of ${body}, got ${receiveCount}`);
      }
      message.visibleAtMs = nowMs + timeoutSeconds * 1000;
      message.handle = handle;
      this.handles.push({ group, body, handle, receivedAtMs: nowMs });
    }
  }

  deletes({ group, body, handle }: FifoHandle, nowMs: number): "done" | "refused" {
    const messages = this.#groups.get(group) ?? [];
    const message = messages.find((each) => each.body === body);
    if (message === undefined) return "done";
    if (message.handle !== handle || message.visibleAtMs <= nowMs) return "refused";
    messages.splice(messages.indexOf(message), 1);
    return "done";
  }

  changesVisibility(
    { group, body, handle, receivedAtMs }: FifoHandle,
    seconds: number,
    nowMs: number,
  ): "done" | "refused" {
    const message = this.#groups.get(group)?.find((each) => each.body === body);
    const isBeyond = nowMs - receivedAtMs + seconds * 1000 > 12 * 3600 * 1000;
    if (message === undefined || isBeyond) return "refused";
    if (message.handle !== handle || message.visibleAtMs <= nowMs) return "refused";
    message.visibleAtMs = nowMs + seconds * 1000;
    return "done";
  }

  /** The history goes, too. */
  purges(): void {
    this.#groups.clear();
    this.#accepted.clear();
  }

  counts(nowMs: number): { readonly available: number; readonly inFlight: number } {
    const all = [...this.#groups.values()].flat();
    const inFlight = all.filter(({ visibleAtMs }) => visibleAtMs > nowMs).length;
    return { available: all.length - inFlight, inFlight };
  }
}

const deduplicationMs = 5 * 60 * 1000;

function leadingRun(messages: readonly FifoMessage[], nowMs: number): FifoMessage[] {
  const end = messages.findIndex(({ visibleAtMs }) => visibleAtMs > nowMs);
  return messages.slice(0, end < 0 ? messages.length : end);
}

export interface Sent {
  readonly body: string;
  readonly group: string;
  readonly deduplicationId: string;
}

export interface ReceivedMessage {
  readonly body: string;
  readonly group: string;
  readonly handle: string;
  readonly receiveCount: number;
}

/** A receipt handle, and what it was given for. */
export interface FifoHandle {
  readonly group: string;
  readonly body: string;
  readonly handle: string;
  readonly receivedAtMs: number;
}

interface FifoMessage {
  readonly body: string;
  visibleAtMs: number;
  receives: number;
  /** Of the last receive. */
  handle: string | undefined;
}

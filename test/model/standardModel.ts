/** What SQS says of a standard queue with a dead-letter queue, as simply as it can be said. */
export class StandardModel {
  readonly visibilityTimeoutSeconds = 30;
  readonly retentionSeconds = 3600;
  readonly maxReceiveCount = 3;
  readonly #messages = new Map<string, ModelMessage>();
  /** Every receipt handle that was given out, the latest last. */
  readonly handles: Handle[] = [];

  sends(body: string, nowMs: number, delaySeconds: number): void {
    this.#messages.set(body, {
      body,
      place: "source",
      sentAtMs: nowMs,
      visibleAtMs: nowMs + delaySeconds * 1000,
      receives: 0,
      isReceivedHere: false,
    });
  }

  /** The messages that a receive of the source may return now. */
  receivable(nowMs: number): readonly ModelMessage[] {
    return this.#visible(nowMs).filter(
      ({ place, receives }) => place === "source" && receives < this.maxReceiveCount,
    );
  }

  /** The messages that a receive of the dead-letter queue must find now, and those that it may. */
  dead(nowMs: number): { readonly sure: readonly ModelMessage[]; readonly most: number } {
    const visible = this.#visible(nowMs);
    const sure = visible.filter(({ place }) => place === "dead");
    return { sure, most: sure.length + this.#unsettled(nowMs).length };
  }

  /** The message behind a body that a queue has just returned. Throws if it cannot be there. */
  received(from: Queue, received: Received, nowMs: number): void {
    const message = this.#messages.get(received.body);
    if (message === undefined) throw new Error(`${received.body} came back from the dead`);
    if (!this.#mayReturn(from, message, nowMs)) {
      throw new Error(`${received.body} came from ${from}: ${JSON.stringify(message)}`);
    }
    if (received.receiveCount !== message.receives + 1) {
      throw new Error(
        `${received.body} counts ${received.receiveCount} receives, not ${message.receives + 1}`,
      );
    }
    message.place = from;
    message.receives += 1;
    message.isReceivedHere = true;
    message.visibleAtMs = nowMs + received.timeoutSeconds * 1000;
    const { body, handle } = received;
    this.handles.push({ queue: from, body, handle, receivedAtMs: nowMs });
  }

  /** A receive of the source ended with room left: what it did not return and had to move, it moved. */
  hasLookedAtAll(returned: ReadonlySet<string>, nowMs: number): void {
    for (const message of this.#unsettled(nowMs)) {
      if (returned.has(message.body)) continue;
      // A delete that came too late, or did not: nobody can tell.
      if (message.place !== "source") continue;
      message.place = "dead";
      message.isReceivedHere = false;
    }
  }

  /** A delete is answered alike whatever it found. */
  deletes({ queue, body }: Handle, nowMs: number): void {
    const message = this.#messages.get(body);
    if (message === undefined) return;
    // It has moved on, perhaps: the handle is of the source.
    if (queue === "source" && this.#isUnsettled(message, nowMs)) message.place = "deadOrGone";
    else if (message.place === queue) this.#messages.delete(body);
  }

  /** What a change of visibility is answered; `undefined` where that depends on what cannot be seen. */
  changesVisibility(
    { queue, body, receivedAtMs }: Handle,
    seconds: number,
    nowMs: number,
  ): "done" | "refused" | undefined {
    const message = this.#messages.get(body);
    const isBeyond = nowMs - receivedAtMs + seconds * 1000 > 12 * 3600 * 1000;
    if (message !== undefined && queue === "source" && this.#isUnsettled(message, nowMs)) {
      return undefined;
    }
    if (isBeyond || message === undefined || message.place !== queue) return "refused";
    if (this.#hasExpired(message, nowMs)) return "refused";
    message.visibleAtMs = nowMs + seconds * 1000;
    return "done";
  }

  purges(queue: Queue): void {
    for (const [body, message] of this.#messages) {
      if (message.place === queue) this.#messages.delete(body);
    }
  }

  /** What the counters of the source say; `undefined` while some messages may have been moved. */
  counts(nowMs: number): Counts | undefined {
    if (this.#unsettled(nowMs).length > 0) return undefined;
    const here = [...this.#messages.values()].filter(
      (message) => message.place === "source" && !this.#hasExpired(message, nowMs),
    );
    const hidden = here.filter(({ visibleAtMs }) => visibleAtMs > nowMs);
    const inFlight = hidden.filter(({ isReceivedHere }) => isReceivedHere).length;
    return {
      available: here.length - hidden.length,
      inFlight,
      delayed: hidden.length - inFlight,
    };
  }

  /** Everything that somebody should have been given by now. */
  owed(nowMs: number): readonly string[] {
    return this.#visible(nowMs)
      .filter(({ place }) => place !== "deadOrGone")
      .map(({ body }) => body);
  }

  #visible(nowMs: number): readonly ModelMessage[] {
    return [...this.#messages.values()].filter(
      (message) => message.visibleAtMs <= nowMs && !this.#hasExpired(message, nowMs),
    );
  }

  /** Messages that may have been moved by a receive that returned as many others as it wanted. */
  #unsettled(nowMs: number): readonly ModelMessage[] {
    return this.#visible(nowMs).filter((message) => this.#isUnsettled(message, nowMs));
  }

  #isUnsettled(message: ModelMessage, nowMs: number): boolean {
    if (message.place === "deadOrGone") return true;
    const isExhausted = message.receives >= this.maxReceiveCount;
    return message.place === "source" && isExhausted && message.visibleAtMs <= nowMs;
  }

  #mayReturn(from: Queue, message: ModelMessage, nowMs: number): boolean {
    if (message.visibleAtMs > nowMs || this.#hasExpired(message, nowMs)) return false;
    if (from === "source") {
      return message.place === "source" && message.receives < this.maxReceiveCount;
    }
    return message.place === "dead" || this.#isUnsettled(message, nowMs);
  }

  #hasExpired({ sentAtMs }: ModelMessage, nowMs: number): boolean {
    return nowMs >= sentAtMs + this.retentionSeconds * 1000;
  }
}

export type Queue = "source" | "dead";

export interface Counts {
  readonly available: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A receipt handle, and what it was given for. */
export interface Handle {
  readonly queue: Queue;
  readonly body: string;
  readonly handle: string;
  readonly receivedAtMs: number;
}

interface Received {
  readonly body: string;
  readonly handle: string;
  readonly receiveCount: number;
  readonly timeoutSeconds: number;
}

interface ModelMessage {
  readonly body: string;
  /** `deadOrGone`: it was either moved to the dead-letter queue before its delete, or deleted. */
  place: Queue | "deadOrGone";
  readonly sentAtMs: number;
  visibleAtMs: number;
  /** Over all queues. */
  receives: number;
  isReceivedHere: boolean;
}

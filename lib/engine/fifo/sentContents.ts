import type { MessageContent } from "../messageContent.ts";

/** So much is kept, by weight; the oldest are let go first. */
const weightMax = 4 * 1024 * 1024;
/** What a message takes in memory beside its characters, however short it is. */
const ownWeight = 512;

/**
 * What this process sent to FIFO queues of late, by the digits of its message's id, so that a receive
 * that soon follows need not decode it. Contents never change, and the table has them all.
 */
export class SentContents {
  readonly #contents = new Map<string, MessageContent>();
  #weight = 0;

  keep(idDigits: string, content: MessageContent): void {
    this.#contents.set(idDigits, content);
    this.#weight += weightOf(content);
    for (const [oldest, first] of this.#contents) {
      if (this.#weight <= weightMax) return;
      this.#contents.delete(oldest);
      this.#weight -= weightOf(first);
    }
  }

  /** Hands out what is kept, and lets go of it: most messages are received once. */
  take(idDigits: string): MessageContent | undefined {
    const content = this.#contents.get(idDigits);
    if (content === undefined) return undefined;
    this.#contents.delete(idDigits);
    this.#weight -= weightOf(content);
    return content;
  }
}

function weightOf({ body, attributes }: MessageContent): number {
  let weight = ownWeight + body.length;
  for (const [name, value] of attributes) {
    weight += name.length + ("text" in value ? value.text.length : value.bytes.byteLength);
  }
  return weight;
}

import type { MessageContent } from "../messageContent.ts";

/** So many characters of bodies are kept; the oldest are let go first. */
const charactersMax = 4 * 1024 * 1024;

/**
 * What this process sent to FIFO queues of late, by the digits of its message's id, so that a receive
 * that soon follows need not decode it. Contents never change, and the table has them all.
 */
export class SentContents {
  readonly #contents = new Map<string, MessageContent>();
  #characters = 0;

  keep(idDigits: string, content: MessageContent): void {
    this.#contents.set(idDigits, content);
    this.#characters += content.body.length;
    for (const [oldest, { body }] of this.#contents) {
      if (this.#characters <= charactersMax) return;
      this.#contents.delete(oldest);
      this.#characters -= body.length;
    }
  }

  /** Hands out what is kept, and lets go of it: most messages are received once. */
  take(idDigits: string): MessageContent | undefined {
    const content = this.#contents.get(idDigits);
    if (content === undefined) return undefined;
    this.#contents.delete(idDigits);
    this.#characters -= content.body.length;
    return content;
  }
}

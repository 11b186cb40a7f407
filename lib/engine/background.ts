import type { EngineEvent } from "./engineEvent.ts";

/** Work that nobody waits for: kept track of, so that closing can wait for it. */
export class Background {
  readonly #report: (event: EngineEvent) => void;
  readonly #running = new Set<Promise<void>>();
  #isClosing = false;

  constructor(report: (event: EngineEvent) => void) {
    this.#report = report;
  }

  /** Long work asks this between its steps. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  run(name: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#report({ event: "background.failed", name, reason });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#running);
  }
}

import type { Clock } from "./clock.ts";
import type { EngineEvent } from "./engineEvent.ts";

/** Work that nobody waits for: kept track of, so that closing can wait for it. */
export class Background {
  readonly #report: (event: EngineEvent) => void;
  readonly #running = new Set<Promise<void>>();
  /** Ends of the pauses that last. */
  readonly #pauses = new Set<() => void>();
  #isClosing = false;

  constructor(report: (event: EngineEvent) => void) {
    this.#report = report;
  }

  /** Long work asks this between its steps. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  run(name: string, work: () => Promise<void>): void {
    void this.track(name, work);
  }

  /** The same, for whoever does wait. Never rejects: what went wrong is reported. */
  async track(name: string, work: () => Promise<void>): Promise<void> {
    const running = work()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#report({ event: "background.failed", name, reason });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    await running;
  }

  /** Waits for so long, or until closing begins. */
  async pause(clock: Clock, ms: number): Promise<void> {
    if (this.#isClosing) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const cancel = clock.after(ms, end);
      this.#pauses.add(end);
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const end of [...this.#pauses]) end();
    await Promise.all(this.#running);
  }
}

import type { Clock } from "#engine/clock.ts";
import type { Random } from "#engine/random.ts";
import { type Item, type Key, type Table, ttlAttribute } from "#table/table.ts";
import type { Log } from "./log.ts";

export interface TriggerTurnOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly account: string;
  readonly triggerName: string;
  /** Told when it may be somebody else's turn all the same. */
  readonly onLost: () => void;
}

/** Somebody who died is waited for no longer than this. */
const turnMs = 60_000;
const renewMs = 20_000;
const triesMax = 3;

/**
 * The right to invoke the worker of a trigger: one poller at a time has it, so that a schedule which
 * fires while its last run still runs does not double the trigger's concurrency. It is an item, taken
 * only by a poller that has messages in its hands, renewed while it works, and gone afterwards.
 *
 * ```
 *   pk polls.{account}   sk {trigger}   h holder   u until, in ms   x when it may be dropped
 * ```
 */
export class TriggerTurn {
  readonly #options: TriggerTurnOptions;
  readonly #key: Key;
  readonly #holder: string;
  #untilMs = 0;
  /** Whether the item may be ours, as it may be when an answer was lost. */
  #mayBeMine = false;
  #cancelTimer: () => void = () => {};
  #cancelLapse: () => void = () => {};

  constructor(options: TriggerTurnOptions) {
    this.#options = options;
    this.#key = { pk: `polls.${options.account}`, sk: options.triggerName };
    this.#holder = options.random.hex(8);
  }

  /** Takes the turn, and keeps it until it is ended. Answers whether nobody else has it. */
  async take(): Promise<boolean> {
    const { table, clock } = this.#options;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const nowMs = clock.nowMs();
      const item = { ...this.#key, ...this.#values(nowMs) };
      this.#mayBeMine = true;
      const { outcome, current } = await table.write({ kind: "insert", item });
      if (outcome === "written") return this.#keep(nowMs);
      this.#mayBeMine = false;
      if (current === undefined) continue;
      if (Number(current["u"]) > nowMs) return false;
      if (await this.#takeOver(current, nowMs)) return this.#keep(nowMs);
    }
    return false;
  }

  /** Lets the next one have it. One that could not be taken is ended too, if it may have been after all. */
  async end(): Promise<void> {
    this.#cancelTimer();
    this.#cancelLapse();
    this.#untilMs = 0;
    if (!this.#mayBeMine) return;
    this.#mayBeMine = false;
    const { table, log } = this.#options;
    try {
      await table.write({ kind: "delete", key: this.#key, when: [this.#isMine()] });
    } catch (error) {
      // It ends by itself.
      log.warn("turn.notEnded", { error });
    }
  }

  #values(nowMs: number) {
    const untilMs = nowMs + turnMs;
    return { h: this.#holder, u: untilMs, [ttlAttribute]: Math.ceil(untilMs / 1000) };
  }

  #isMine() {
    return { attribute: "h", is: "equal", value: this.#holder } as const;
  }

  /** Whoever had it last has not renewed it in time. */
  async #takeOver({ h = "", u = 0 }: Item, nowMs: number): Promise<boolean> {
    this.#mayBeMine = true;
    const { outcome } = await this.#options.table.write({
      kind: "patch",
      key: this.#key,
      set: this.#values(nowMs),
      when: [
        { attribute: "h", is: "equal", value: h },
        { attribute: "u", is: "equal", value: u },
      ],
    });
    this.#mayBeMine = outcome === "written";
    return this.#mayBeMine;
  }

  #keep(sinceMs: number): true {
    const { clock } = this.#options;
    this.#untilMs = sinceMs + turnMs;
    this.#cancelTimer = clock.after(renewMs, () => void this.#renew());
    // Whatever has become of its renewal: that may be on its way still, or this process stood still.
    this.#cancelLapse();
    const leftMs = Math.max(0, this.#untilMs - clock.nowMs());
    this.#cancelLapse = clock.after(leftMs, () => this.#options.onLost());
    return true;
  }

  async #renew(): Promise<void> {
    const { table, clock, log } = this.#options;
    const nowMs = clock.nowMs();
    const set = this.#values(nowMs);
    try {
      const when = [this.#isMine()];
      const { outcome } = await table.write({ kind: "patch", key: this.#key, set, when });
      if (this.#untilMs === 0) return;
      if (outcome === "written") this.#keep(nowMs);
      else this.#lose();
    } catch (error) {
      log.warn("turn.notRenewed", { error });
      if (this.#untilMs === 0) return;
      if (nowMs + renewMs >= this.#untilMs) this.#lose();
      else this.#cancelTimer = clock.after(renewMs, () => void this.#renew());
    }
  }

  /** It may be somebody else's turn from now on. */
  #lose(): void {
    this.#cancelLapse();
    this.#options.onLost();
  }
}

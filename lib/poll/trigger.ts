import { type PollSettings, pollDefaults, pollLimits, settingsProblems } from "./settings.ts";

/** Which worker is to have the messages of which queue, and how. */
export interface Trigger {
  readonly name: string;
  readonly queue: string;
  /** The name or ARN of a Lambda function. */
  readonly worker: string;
  readonly settings: PollSettings;
}

const triggerName = /^[\w.-]{1,128}$/;
const queueName = /^(?:[\w-]{1,80}|[\w-]{1,75}\.fifo)$/;
/** A name, or an ARN; either may name a version or an alias. */
const functionName = /^(?:arn:[\w-]+:lambda:[\w-]+:\d{12}:function:)?[\w-]{1,140}(?::[\w$-]+)?$/;

/**
 * Reads the event of a schedule, `{"trigger": {…}}`. Throws one error that names everything that is
 * wrong with it. What is not said is as AWS has it; of a FIFO queue, limits are those of FIFO queues.
 */
export function readTrigger(event: unknown): Trigger {
  const said = isObject(event) ? event["trigger"] : undefined;
  if (!isObject(said)) throw new Error(`expected an event with a trigger, got ${shown(event)}`);
  const reader = new Reader(said);
  const trigger: Trigger = {
    name: reader.text("name", triggerName, "1 to 128 letters, digits and _ . -"),
    queue: reader.text("queue", queueName, "the name of a queue"),
    worker: reader.text("worker", functionName, "the name or ARN of a Lambda function"),
    settings: {
      batchSize: reader.number("batchSize", pollDefaults.batchSize),
      batchWindowSeconds: reader.number("batchWindowSeconds", pollDefaults.batchWindowSeconds),
      concurrencyMax: reader.number("concurrencyMax", pollDefaults.concurrencyMax),
      reportsBatchItemFailures: reader.flag("reportsBatchItemFailures", false),
      waitSeconds: reader.number("waitSeconds", 0),
      ...(said["visibilityTimeoutSeconds"] !== undefined && {
        visibilityTimeoutSeconds: reader.number("visibilityTimeoutSeconds", 0),
      }),
      ...(said["retrySeconds"] !== undefined && { retrySeconds: reader.number("retrySeconds", 0) }),
    },
  };
  const isFifo = trigger.queue.endsWith(".fifo");
  const problems = [...reader.problems(), ...settingsProblems(trigger.settings, { isFifo })];
  if (problems.length > 0) throw new Error(problems.join("; "));
  return trigger;
}

type NumberName = Exclude<keyof typeof pollLimits, "fifoBatchSize">;

/** Reads members one by one, and collects what is wrong with them. */
class Reader {
  readonly #said: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();
  readonly #problems: string[] = [];

  constructor(said: Readonly<Record<string, unknown>>) {
    this.#said = said;
  }

  text(name: string, form: RegExp, expected: string): string {
    const value = this.#take(name);
    if (typeof value === "string" && form.test(value)) return value;
    this.#refuse(name, expected, value);
    return "";
  }

  number(name: NumberName, otherwise: number): number {
    const value = this.#take(name);
    if (value === undefined) return otherwise;
    const { min, max } = pollLimits[name];
    if (isWholeNumber(value) && value >= min && value <= max) return value;
    this.#refuse(name, `${min} to ${max}`, value);
    return otherwise;
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.#take(name) ?? otherwise;
    if (typeof value === "boolean") return value;
    this.#refuse(name, "true or false", value);
    return otherwise;
  }

  problems(): readonly string[] {
    const unknown = Object.keys(this.#said).filter((name) => !this.#read.has(name));
    return [...this.#problems, ...unknown.map((name) => `expected nothing named trigger.${name}`)];
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#said[name];
  }

  #refuse(name: string, expected: string, value: unknown): void {
    this.#problems.push(`expected trigger.${name} to be ${expected}, got ${shown(value)}`);
  }
}

function isWholeNumber(value: unknown): value is number {
  return Number.isInteger(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 100);
}

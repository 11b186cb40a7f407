import { type Arguments, type Flag, flags, type Given, type KeyFlag, variableOf } from "./flags.ts";

/** The part of an environment that is read: variables that are empty count as absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds what was given for each setting, and collects what is wrong with it. */
export class Settings {
  readonly #given: Arguments["given"];
  readonly #env: Environment;
  readonly #problems: string[];

  constructor(given: Arguments["given"], env: Environment, problems: string[]) {
    this.#given = given;
    this.#env = env;
    this.#problems = problems;
  }

  /** What was said of a setting, wherever. */
  find(flag: Flag | KeyFlag): Given | undefined {
    if (this.#given.has(flag)) return this.#given.get(flag) ?? { name: `--${flag}`, value: "" };
    if (!isSetting(flag)) return undefined;
    const name = variableOf(flag);
    const value = this.#env[name];
    return value === undefined || value === "" ? undefined : { name, value };
  }

  /** Reads a setting. `parse` answers `undefined` for a value that is not `expected`. */
  read<Value>(
    flag: Flag | KeyFlag,
    otherwise: Value,
    expected: string,
    parse: (value: string) => Value | undefined,
  ): Value {
    const given = this.find(flag);
    if (given === undefined) return otherwise;
    const value = parse(given.value);
    if (value !== undefined) return value;
    this.#problems.push(
      `expected ${given.name} to be ${expected}, got ${given.value || "nothing"}`,
    );
    return otherwise;
  }
}

/** What is said of one access key has no variable: it would be said of all that follow. */
function isSetting(flag: Flag | KeyFlag): flag is Flag {
  return Object.hasOwn(flags, flag);
}

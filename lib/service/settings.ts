import {
  type Arguments,
  type Flag,
  type Given,
  type KeyFlag,
  keyFlags,
  variableOf,
} from "./flags.ts";

/** The part of an environment that is read: variables that are empty count as absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds what was given for each setting, and collects what is wrong with it. */
export class Settings<Name extends string = Flag | KeyFlag> {
  readonly #given: Arguments<Name>["given"];
  readonly #env: Environment;
  readonly #problems: string[];

  constructor(given: Arguments<Name>["given"], env: Environment, problems: string[]) {
    this.#given = given;
    this.#env = env;
    this.#problems = problems;
  }

  /** What was said of a setting, wherever. */
  find(flag: Name): Given | undefined {
    if (this.#given.has(flag)) return this.#given.get(flag) ?? { name: `--${flag}`, value: "" };
    // What is said of one access key would else be said of all that follow.
    if (Object.hasOwn(keyFlags, flag)) return undefined;
    const name = variableOf(flag);
    const value = this.#env[name];
    return value === undefined || value === "" ? undefined : { name, value };
  }

  /** Reads a setting. `parse` answers `undefined` for a value that is not `expected`. */
  read<Value>(
    flag: Name,
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

/** Reads whether something is so. */
export function booleanOf(value: string): boolean | undefined {
  if (/^(?:true|1)$/.test(value)) return true;
  return /^(?:false|0)$/.test(value) ? false : undefined;
}

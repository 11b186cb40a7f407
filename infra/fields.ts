/** Turns a value of JSON into what it says; `undefined`: it is not what is expected. */
export type Parse<Value> = (given: unknown) => Value | undefined;

/** Reads an object of JSON field by field, and collects what is wrong with it, each after its path. */
export class Fields {
  readonly path: string;
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #problems: string[];
  readonly #known = new Set<string>();

  constructor(path: string, given: unknown, problems: string[]) {
    this.path = path;
    this.#problems = problems;
    this.#given = isObject(given) ? given : {};
    if (!isObject(given)) this.#refuse(path, "an object", given);
  }

  /** A field that may be left out. */
  optional<Value>(name: string, expected: string, parse: Parse<Value>): Value | undefined {
    this.#known.add(name);
    const given = this.#given[name];
    if (given === undefined) return undefined;
    const value = parse(given);
    if (value === undefined) this.#refuse(`${this.path}.${name}`, expected, given);
    return value;
  }

  /** A field that must be there. Answers `stand-in` where it is not what is expected. */
  required<Value>(name: string, expected: string, standIn: Value, parse: Parse<Value>): Value {
    if (this.#given[name] === undefined) {
      this.#known.add(name);
      this.#refuse(`${this.path}.${name}`, expected, undefined);
      return standIn;
    }
    return this.optional(name, expected, parse) ?? standIn;
  }

  /** A field that holds an object and may be left out. */
  object<Value>(name: string, read: (fields: Fields) => Value): Value | undefined {
    this.#known.add(name);
    const given = this.#given[name];
    if (given === undefined) return undefined;
    return this.#whole(`${this.path}.${name}`, given, read);
  }

  /** A field that holds a list of objects. */
  list<Value>(name: string, read: (fields: Fields, at: number) => Value): readonly Value[] {
    this.#known.add(name);
    const given = this.#given[name] ?? [];
    if (!Array.isArray(given)) {
      this.#refuse(`${this.path}.${name}`.replace(/^\./, ""), "a list", given);
      return [];
    }
    const path = `${this.path}.${name}`.replace(/^\./, "");
    return given.map((each: unknown, at) =>
      this.#whole(`${path}[${at}]`, each, (fields) => read(fields, at)),
    );
  }

  /** Says that a field is wrong for a reason that lies outside of it. */
  refuse(name: string, expected: string): void {
    this.#refuse(`${this.path}.${name}`, expected, this.#given[name]);
  }

  /** Refuses what nobody has asked for: a misspelt field would be left out in silence. */
  end(): void {
    const known = [...this.#known].join(", ");
    for (const name of Object.keys(this.#given).filter((each) => !this.#known.has(each))) {
      const path = `${this.path}.${name}`.replace(/^\./, "");
      this.#problems.push(`${path}: expected one of ${known}`);
    }
  }

  #whole<Value>(path: string, given: unknown, read: (fields: Fields) => Value): Value {
    const fields = new Fields(path, given, this.#problems);
    const value = read(fields);
    if (isObject(given)) fields.end();
    return value;
  }

  #refuse(path: string, expected: string, given: unknown): void {
    const got = given === undefined ? "nothing" : JSON.stringify(given);
    this.#problems.push(`${path}: expected ${expected}, got ${got}`);
  }
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

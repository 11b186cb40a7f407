type Fields = Readonly<Record<string, unknown>>;

/** What a template says of a resource. It says everything as text, lists and maps of text. */
export class Properties {
  readonly #fields: Fields;

  constructor(properties: unknown) {
    this.#fields = isFields(properties) ? properties : {};
  }

  /** Throws if it is not there. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new Error(`expected ${name} to be given, got nothing`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === "") return undefined;
    return textOf(name, value);
  }

  /** Empty if it is not there. */
  list(name: string): readonly string[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw unexpected(name, "a list", value);
    return value.map((each) => textOf(name, each));
  }

  /** Empty if it is not there. */
  map(name: string): ReadonlyMap<string, string> {
    const value = this.#fields[name] ?? {};
    if (!isFields(value)) throw unexpected(name, "a map", value);
    return new Map(Object.entries(value).map(([key, each]) => [key, textOf(name, each)]));
  }

  /** Whether two say the same of these. */
  isSame(other: Properties, ...names: readonly string[]): boolean {
    return names.every(
      (name) => JSON.stringify(this.#fields[name]) === JSON.stringify(other.#fields[name]),
    );
  }
}

/** CloudFormation makes text of numbers and booleans itself; a test or a caller may not. */
function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw unexpected(name, "text", value);
}

function unexpected(name: string, expected: string, value: unknown): Error {
  return new Error(
    `expected ${name} to be ${expected}, got ${value === null ? null : typeof value}`,
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

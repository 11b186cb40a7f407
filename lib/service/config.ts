import { type Flag, type Given, readArguments, variableOf } from "./flags.ts";
import { type LogLevel, logLevels } from "./log.ts";

/** Which database holds the queues. */
export type Store =
  | { readonly kind: "memory" }
  /** A folder on this machine, used by one process at a time. */
  | { readonly kind: "folder"; readonly path: string }
  /** `endpoint` where DynamoDB is not at AWS. */
  | { readonly kind: "dynamodb"; readonly table: string; readonly endpoint: string | undefined };

export interface Config {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly store: Store;
  /** Twelve digits: the owner of every queue, whoever asks. */
  readonly account: string;
  readonly logLevel: LogLevel;
  /** Turns off the two rules that make a caller wait 60 seconds: to purge again, to recreate. */
  readonly isRelaxed: boolean;
  /** The origin of queue URLs, without a final slash, where callers come through a proxy. */
  readonly publicUrl: string | undefined;
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "start"; readonly config: Config }
  /** Everything that is wrong with it, each in one line. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** The part of an environment that is read: variables that are empty count as absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line, and from the environment what the command line leaves open. */
export function readConfig(argv: readonly string[], env: Environment): Command {
  const { given, words, unknown } = readArguments(argv);
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };

  const problems = [
    ...unknown.map((flag) => `expected a flag that --help names, got ${flag}`),
    ...wrongWords(words),
  ];
  const settings = new Settings(given, env, problems);
  const config: Config = {
    host: settings.read("host", "127.0.0.1", "an address", (value) => value || undefined),
    port: settings.read("port", 9324, "0 to 65535", portOf),
    store: storeOf(settings, problems),
    account: settings.read("account", "000000000000", "twelve digits", matching(/^\d{12}$/)),
    logLevel: settings.read("log-level", "info", `one of ${logLevels.join(", ")}`, levelOf),
    isRelaxed: settings.read("relaxed", false, "true or false", booleanOf),
    publicUrl: settings.read("public-url", undefined, "an http or https URL", originOf),
  };
  return problems.length === 0 ? { kind: "start", config } : { kind: "refused", problems };
}

/** Finds what was given for each flag, and collects what is wrong with it. */
class Settings {
  readonly #given: ReadonlyMap<Flag, Given | undefined>;
  readonly #env: Environment;
  readonly #problems: string[];

  constructor(given: ReadonlyMap<Flag, Given | undefined>, env: Environment, problems: string[]) {
    this.#given = given;
    this.#env = env;
    this.#problems = problems;
  }

  find(flag: Flag): Given | undefined {
    if (this.#given.has(flag)) return this.#given.get(flag) ?? { name: `--${flag}`, value: "" };
    const name = variableOf(flag);
    const value = this.#env[name];
    return value === undefined || value === "" ? undefined : { name, value };
  }

  /** `parse` answers `undefined` for a value that is not `expected`. */
  read<Value>(
    flag: Flag,
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

function wrongWords(words: readonly string[]): readonly string[] {
  const isFine = words.length === 0 || (words.length === 1 && words[0] === "start");
  return isFine ? [] : [`expected no command but start, got ${words.join(" ")}`];
}

function storeOf(settings: Settings, problems: string[]): Store {
  const path = settings.read("data", "./.millrace", "a folder or :memory:", matching(/./s));
  const table = settings.read("table", "", "the name of a table", matching(/^[\w.-]{3,255}$/));
  const endpoint = settings.read("dynamodb-endpoint", undefined, "an http or https URL", originOf);

  const [data, named, reached] = (["data", "table", "dynamodb-endpoint"] as const).map((flag) =>
    settings.find(flag),
  );
  if (data !== undefined && named !== undefined) {
    problems.push(`expected one of ${data.name} and ${named.name}, got both`);
  }
  if (reached !== undefined && named === undefined) {
    problems.push(`expected ${reached.name} to come with --table, got it alone`);
  }
  if (named !== undefined) return { kind: "dynamodb", table, endpoint };
  return path === ":memory:" ? { kind: "memory" } : { kind: "folder", path };
}

function matching(pattern: RegExp): (value: string) => string | undefined {
  return (value) => (pattern.test(value) ? value : undefined);
}

function portOf(value: string): number | undefined {
  const port = Number(value);
  return /^\d{1,5}$/.test(value) && port <= 65535 ? port : undefined;
}

function levelOf(value: string): LogLevel | undefined {
  return logLevels.find((level) => level === value);
}

function booleanOf(value: string): boolean | undefined {
  if (/^(?:true|1)$/.test(value)) return true;
  return /^(?:false|0)$/.test(value) ? false : undefined;
}

/** A path is kept, as a proxy may serve us under one. */
function originOf(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (`${url.search}${url.hash}${url.username}${url.password}` !== "") return undefined;
  return url.href.replace(/\/+$/, "");
}

import {
  type AccessKeyRequest,
  isAccessKeyFlag,
  readAccessKeyRequest,
} from "./accessKeyRequest.ts";
import { flags, keyFlags, readArguments } from "./flags.ts";
import { type KeyLimits, type LoadConfig, readKeyLimits, readLoadConfig } from "./loadConfig.ts";
import { type LogLevel, logLevelOf, logLevels } from "./log.ts";
import { originOf } from "./origin.ts";
import { booleanOf, type Environment, Settings } from "./settings.ts";

/** Which database holds the queues. */
export type Store =
  | { readonly kind: "memory" }
  /** A folder on this machine, used by one process at a time. */
  | { readonly kind: "folder"; readonly path: string }
  | DynamodbStore;

export interface DynamodbStore {
  readonly kind: "dynamodb";
  readonly table: string;
  /** Where DynamoDB is not at AWS. */
  readonly endpoint: string | undefined;
  /** Where large messages go, if not into the table. */
  readonly bucket?: BucketConfig;
}

export interface BucketConfig {
  readonly bucket: string;
  /** What every key begins with. */
  readonly prefix: string;
  /** Where S3 is not at AWS. */
  readonly endpoint?: string;
  /** Messages that are smaller when compressed stay in the table. */
  readonly bytesMin?: number;
}

/** From the least to the most demanding. */
export const authModes = ["off", "required"] as const;
export type AuthMode = (typeof authModes)[number];

export interface Config {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly store: Store;
  /** Twelve digits: the owner of every queue, whoever asks; of a signed request, its key's is. */
  readonly account: string;
  /** Whether requests must be signed with an access key. */
  readonly auth: AuthMode;
  /** The file that holds the sealing keys; `undefined` where there is none to be had. */
  readonly keyFile: string | undefined;
  /** The key of AWS KMS that guards the sealing key, in place of a file. */
  readonly kmsKey: string | undefined;
  /** Whose queues these are, for logs and metrics. */
  readonly tenant: string | undefined;
  readonly logLevel: LogLevel;
  readonly load: LoadConfig;
  readonly keyLimits: KeyLimits;
  /** Whether a server does each minute what no request does: dead letters nobody receives, and more. */
  readonly sweeps: boolean;
  /** Turns off the two rules that make a caller wait 60 seconds: to purge again, to recreate. */
  readonly isRelaxed: boolean;
  /** The origin of queue URLs, without a final slash, where callers come through a proxy. */
  readonly publicUrl: string | undefined;
  /** Host names by which unsigned callers may call the server, besides those that only this network has. */
  readonly allowedHosts: readonly string[];
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "start"; readonly config: Config }
  | { readonly kind: "keys"; readonly config: Config; readonly request: AccessKeyRequest }
  /** Everything that is wrong with it, each in one line. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** Reads the command line, and from the environment what the command line leaves open. */
export function readConfig(argv: readonly string[], env: Environment): Command {
  const { given, words, unknown } = readArguments(argv, { ...flags, ...keyFlags });
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };

  const problems = unknown.map((flag) => `expected a flag that --help names, got ${flag}`);
  const settings = new Settings(given, env, problems);
  const request = words[0] === "keys" ? readAccessKeyRequest(words, settings, problems) : undefined;
  // What follows an unknown flag may be its value, and no word.
  if (words[0] !== "keys" && unknown.length === 0) problems.push(...wrongWords(words));
  if (words[0] !== "keys") problems.push(...strayFlags(given.keys()));
  const config = configOf(settings, problems);
  problems.push(...missingSeal(config, request !== undefined), ...surplusSeal(config, settings));
  if (problems.length > 0) return { kind: "refused", problems };
  return request === undefined ? { kind: "start", config } : { kind: "keys", config, request };
}

function configOf(settings: Settings, problems: string[]): Config {
  const host = settings.read("host", "127.0.0.1", "an address", (value) => value || undefined);
  const port = settings.read("port", 9324, "0 to 65535", portOf);
  const store = storeOf(settings, problems);
  const inFolder = store.kind === "folder" ? `${store.path}/millrace.key` : undefined;
  return {
    host,
    port,
    store,
    account: settings.read("account", "000000000000", "twelve digits", matching(/^\d{12}$/)),
    auth: settings.read("auth", "off", `one of ${authModes.join(", ")}`, authModeOf),
    keyFile: settings.read("key-file", inFolder, "a file", matching(/./s)),
    kmsKey: settings.read("kms-key", undefined, "the ARN of a KMS key", matching(kmsKeyArn)),
    tenant: settings.read("tenant", undefined, tenantRule, matching(tenantPattern)),
    logLevel: settings.read("log-level", "info", `one of ${logLevels.join(", ")}`, logLevelOf),
    load: readLoadConfig(settings),
    keyLimits: readKeyLimits(settings),
    sweeps: settings.read("sweep", true, "on or off", onOrOff),
    isRelaxed: settings.read("relaxed", false, "true or false", booleanOf),
    allowedHosts: settings.read("allowed-hosts", [], "host names and commas", hostsOf),
    publicUrl: settings.read("public-url", undefined, "an http or https URL", originOf),
  };
}

/** Access keys outlive the process, and so must what their secrets are sealed under. */
function missingSeal(
  { store, auth, keyFile, kmsKey }: Config,
  isAboutKeys: boolean,
): readonly string[] {
  if (auth === "off" && !isAboutKeys) return [];
  const what = isAboutKeys ? "keys" : "--auth required";
  if (store.kind === "memory") {
    return [`expected ${what} to come with a folder or a table, got :memory:`];
  }
  return keyFile === undefined && kmsKey === undefined
    ? [`expected ${what} with --table to come with --key-file or --kms-key`]
    : [];
}

/** One thing seals. KMS's sealing key lies in a table, for all who serve it. */
function surplusSeal({ store }: Config, settings: Settings): readonly string[] {
  const [file, kms] = [settings.find("key-file"), settings.find("kms-key")];
  if (kms === undefined) return [];
  const problems: string[] = [];
  if (file !== undefined) problems.push(`expected one of ${file.name} and ${kms.name}, got both`);
  if (store.kind !== "dynamodb") {
    problems.push(`expected ${kms.name} to come with --table, got it alone`);
  }
  return problems;
}

function strayFlags(names: Iterable<string>): readonly string[] {
  return [...names]
    .filter(isAccessKeyFlag)
    .map((name) => `expected --${name} to come with keys, got it alone`);
}

function wrongWords(words: readonly string[]): readonly string[] {
  const isFine = words.length === 0 || (words.length === 1 && words[0] === "start");
  return isFine
    ? []
    : [`expected the command to be start, keys or poll, got ${words.join(" ")}: see --help`];
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
  const bucket = bucketOf(settings, problems);
  if (named !== undefined) {
    return { kind: "dynamodb", table, endpoint, ...(bucket !== undefined && { bucket }) };
  }
  return path === ":memory:" ? { kind: "memory" } : { kind: "folder", path };
}

function bucketOf(settings: Settings, problems: string[]): BucketConfig | undefined {
  const bucket = settings.read("bucket", "", "the name of a bucket", matching(bucketName));
  const prefix = settings.read("bucket-prefix", "millrace/", prefixRule, matching(prefixPattern));
  const endpoint = settings.read("bucket-endpoint", undefined, "an http or https URL", originOf);
  const bytesMin = settings.read("bucket-threshold", undefined, "1 to 1048576", thresholdOf);

  const named = settings.find("bucket");
  if (named !== undefined && settings.find("table") === undefined) {
    problems.push(`expected ${named.name} to come with --table, got it alone`);
  }
  for (const flag of ["bucket-prefix", "bucket-endpoint", "bucket-threshold"] as const) {
    const given = settings.find(flag);
    if (given === undefined || named !== undefined) continue;
    problems.push(`expected ${given.name} to come with --bucket, got it alone`);
  }
  if (named === undefined) return undefined;
  return {
    bucket,
    prefix,
    ...(endpoint !== undefined && { endpoint }),
    ...(bytesMin !== undefined && { bytesMin }),
  };
}

const kmsKeyArn = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;
const tenantPattern = /^[\w.-]{1,64}$/;
const tenantRule = "1 to 64 letters, digits and _ . -";
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixPattern = /^[\w./-]{1,200}$/;
const prefixRule = "letters, digits and _ . / -";
const thresholdMax = 1024 * 1024;

function thresholdOf(value: string): number | undefined {
  const bytes = Number(value);
  return /^[1-9]\d{0,6}$/.test(value) && bytes <= thresholdMax ? bytes : undefined;
}

function matching(pattern: RegExp): (value: string) => string | undefined {
  return (value) => (pattern.test(value) ? value : undefined);
}

function portOf(value: string): number | undefined {
  const port = Number(value);
  return /^\d{1,5}$/.test(value) && port <= 65535 ? port : undefined;
}

function authModeOf(value: string): AuthMode | undefined {
  return authModes.find((mode) => mode === value);
}

function onOrOff(value: string): boolean | undefined {
  if (value === "on") return true;
  return value === "off" ? false : undefined;
}

function hostsOf(value: string): readonly string[] | undefined {
  const hosts = value.split(",").map((host) => host.trim());
  return hosts.every((host) => /^[\w.-]{1,253}$/.test(host)) ? hosts : undefined;
}

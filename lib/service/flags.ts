import { parseArgs } from "node:util";

/** What `--help` says of each flag. One that takes nothing is true once it is there. */
export type FlagTable<Name extends string> = Readonly<
  Record<Name, { readonly takes: string | undefined; readonly says: string }>
>;

/** Every setting of the server: a flag, and an environment variable `MILLRACE_<FLAG>`. */
export const flags = {
  port: { takes: "NUMBER", says: "port to listen on; 0 takes a free one (9324)" },
  host: { takes: "ADDRESS", says: "address to listen on (127.0.0.1)" },
  data: { takes: "FOLDER", says: "where the queues are kept, or :memory: (./.millrace)" },
  table: { takes: "NAME", says: "serve this DynamoDB table instead of a folder" },
  "dynamodb-endpoint": { takes: "URL", says: "where DynamoDB is, if not at AWS" },
  bucket: { takes: "NAME", says: "keep large messages in this S3 bucket, beside the table" },
  "bucket-prefix": { takes: "TEXT", says: "what its keys begin with (millrace/)" },
  "bucket-endpoint": { takes: "URL", says: "where S3 is, if not at AWS" },
  "bucket-threshold": { takes: "BYTES", says: "from what size on, compressed (8192)" },
  account: { takes: "DIGITS", says: "account that owns every queue (000000000000)" },
  auth: { takes: "off|required", says: "whether requests must be signed with an access key (off)" },
  "key-file": { takes: "FILE", says: "seals the secrets of access keys (millrace.key in --data)" },
  "kms-key": { takes: "ARN", says: "key of AWS KMS that guards them instead, with --table" },
  "allowed-hosts": {
    takes: "NAMES",
    says: "names by which callers may call it, besides local ones, while --auth is off",
  },
  "public-url": { takes: "URL", says: "origin of queue URLs, behind a proxy" },
  "connections-max": {
    takes: "NUMBER",
    says: "connections at once; further ones are closed (16000)",
  },
  "requests-max": {
    takes: "NUMBER",
    says: "requests at once, waiting receives too; further ones get 503 (12000)",
  },
  "client-requests-max": {
    takes: "NUMBER",
    says: "the same for one address (8 times what is still free)",
  },
  "body-bytes-max": {
    takes: "BYTES",
    says: "request bodies held at once; who brings more gets 503 (268435456)",
  },
  "client-body-bytes-max": {
    takes: "BYTES",
    says: "the same for one address (as much as is still free)",
  },
  "upload-rate-min": {
    takes: "BYTES",
    says: "of a body, to come each second; slower ones get 408 (1024)",
  },
  "key-requests-max": {
    takes: "NUMBER",
    says: "requests at once of one access key, waiting receives too (no limit)",
  },
  "key-rate": {
    takes: "NUMBER",
    says: "requests that one access key may make in a second (no limit)",
  },
  "account-rate": {
    takes: "NUMBER",
    says: "the same for all keys of an account (no limit)",
  },
  relaxed: {
    takes: undefined,
    says: "no 60 seconds between purges, nor before recreating a queue",
  },
  sweep: {
    takes: "on|off",
    says: "whether to look after the queues each minute; off where a function does (on)",
  },
  tenant: { takes: "NAME", says: "whose queues these are, for logs and metrics" },
  "log-level": { takes: "LEVEL", says: "debug, info, warn, error or silent (info)" },
  help: { takes: undefined, says: "say this" },
  version: { takes: undefined, says: "say which version this is" },
} as const satisfies FlagTable<string>;

export type Flag = keyof typeof flags;

/** What is said of one access key, or of one answer: flags of `keys`, with no variable. */
export const keyFlags = {
  actions: { takes: "NAMES", says: "what the key may do, as SendMessage,ReceiveMessage (*)" },
  queues: { takes: "PATTERNS", says: "on which queues, as 'orders-*,refunds' (*)" },
  description: { takes: "TEXT", says: "what the key is for" },
  expires: { takes: "SECONDS", says: "makes temporary credentials, with a session token" },
  json: { takes: undefined, says: "answer in JSON; of create, as a credential_process does" },
} as const satisfies FlagTable<string>;

export type KeyFlag = keyof typeof keyFlags;

/** One setting as it was given, with the name under which to speak of it. */
export interface Given {
  readonly name: string;
  readonly value: string;
}

export interface Arguments<Name extends string> {
  /** A flag that was given with no value holds `undefined`. Of one given twice, the last. */
  readonly given: ReadonlyMap<Name, Given | undefined>;
  readonly words: readonly string[];
  /** As they were written. */
  readonly unknown: readonly string[];
}

/** Sorts the arguments of a command line by the flags that there are, and judges none of their values. */
export function readArguments<Name extends string>(
  argv: readonly string[],
  table: FlagTable<Name>,
): Arguments<Name> {
  const given = new Map<Name, Given | undefined>();
  const words: string[] = [];
  const unknown: string[] = [];
  const isFlag = (name: string): name is Name => Object.hasOwn(table, name);
  const { tokens } = parseArgs({
    args: [...argv],
    options: optionsOf(table),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    if (!isFlag(name)) unknown.push(rawName);
    else {
      const value = token.value ?? (table[name].takes === undefined ? "true" : undefined);
      given.set(name, value === undefined ? undefined : { name: rawName, value });
    }
  }
  return { given, words, unknown };
}

function optionsOf(table: FlagTable<string>) {
  return Object.fromEntries(
    Object.entries(table).map(([flag, { takes }]) => [
      flag,
      { type: takes === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  );
}

/** The name of a flag's variable. */
export function variableOf(flag: string): string {
  return `MILLRACE_${flag.replaceAll("-", "_").toUpperCase()}`;
}

/** The text of `--help`. */
export function helpText(): string {
  return `Usage: millrace [start] [flags]
       millrace keys create|list [flags]
       millrace keys enable|disable|delete ID [flags]
       millrace poll --queue NAME --exec COMMAND|--url URL [flags]

Serves the Amazon SQS API on this machine. Any credentials are accepted, unless --auth required: then
requests must be signed with an access key, which keys create makes. What poll does, poll --help says.

${flagRows(flags)}
Each flag may be given as a variable instead: --log-level is ${variableOf("log-level")}. Region and credentials
of a table and a bucket come from AWS's own variables and files.

Flags of keys create, which take the store and the account from the flags above:

${flagRows(keyFlags)}`;
}

/** Wide enough for the longest flag and a space. */
const flagWidth = 30;

/** Flags as `--help` lists them, a line each. */
export function flagRows(table: FlagTable<string>): string {
  const rows = Object.entries(table).map(([flag, { takes, says }]) => {
    const left = takes === undefined ? `--${flag}` : `--${flag} ${takes}`;
    return `  ${left.padEnd(flagWidth)}${says}\n`;
  });
  return rows.join("");
}

import { isNamePattern } from "#auth/namePattern.ts";
import { authorisedAs } from "#auth/permissions.ts";
import { everything } from "#auth/policy.ts";
import { within } from "#contract/limits.ts";
import { isActionName } from "#contract/operations.ts";
import type { NewAccessKey } from "./accessKeyStore.ts";
import { type KeyFlag, keyFlags } from "./flags.ts";
import type { Settings } from "./settings.ts";

/** What `millrace keys` asks for, of the keys of one account. */
export type AccessKeyRequest =
  | {
      readonly kind: "create";
      readonly said: Omit<NewAccessKey, "account">;
      readonly isJson: boolean;
    }
  | { readonly kind: "list"; readonly isJson: boolean }
  | {
      readonly kind: "enable" | "disable" | "delete";
      readonly accessKeyId: string;
    };

const expiresSeconds = { min: 60, max: 365 * 24 * 3600 };
/** No control characters: a list is read on a terminal. */
const descriptionForm = /^[^\p{C}]{1,200}$/u;

/** Whether a flag is one of `keys` alone. */
export function isAccessKeyFlag(name: string): name is KeyFlag {
  return Object.hasOwn(keyFlags, name);
}

/** Reads what follows `keys` on a command line. What is wrong with it goes to `problems`. */
export function readAccessKeyRequest(
  [, verb, ...rest]: readonly string[],
  settings: Settings,
  problems: string[],
): AccessKeyRequest | undefined {
  const isJson = settings.find("json") !== undefined;
  switch (verb) {
    case "create":
      problems.push(...surplus(rest));
      return { kind: "create", said: readNewKey(settings), isJson };
    case "list":
      problems.push(...surplus(rest), ...strays(settings, ["json"]));
      return { kind: "list", isJson };
    case "enable":
    case "disable":
    case "delete": {
      const [accessKeyId, ...more] = rest;
      problems.push(...surplus(more), ...strays(settings, []));
      if (accessKeyId === undefined) problems.push(`expected keys ${verb} to name an access key`);
      return { kind: verb, accessKeyId: accessKeyId ?? "" };
    }
    default:
      problems.push(
        `expected keys to be followed by create, list, enable, disable or delete, got ${verb ?? "nothing"}`,
      );
      return undefined;
  }
}

function readNewKey(settings: Settings): Omit<NewAccessKey, "account"> {
  const actions = settings.read(
    "actions",
    everything.actions,
    "* or names of SQS actions, batches by the name of the single action",
    listOf(isGrantable, (name) => name.replace(/^sqs:/i, "")),
  );
  const queues = settings.read(
    "queues",
    everything.queues,
    "names of queues, with * and ? as wildcards",
    listOf(isNamePattern),
  );
  return {
    policy: { actions, queues },
    description: settings.read("description", undefined, "1 to 200 printable characters", (text) =>
      descriptionForm.test(text) ? text : undefined,
    ),
    expiresInSeconds: settings.read(
      "expires",
      undefined,
      `${expiresSeconds.min} to ${expiresSeconds.max} seconds`,
      secondsOf,
    ),
  };
}

/** Whether a policy may name this action: `*`, or an action, a batch by its single action. */
export function isGrantable(name: string): boolean {
  return name === "*" || (isActionName(name) && authorisedAs(name) === name);
}

function listOf(
  isFine: (item: string) => boolean,
  plain: (item: string) => string = (item) => item,
): (text: string) => readonly string[] | undefined {
  return (text) => {
    const items = text.split(",").map((item) => plain(item.trim()));
    return items.every(isFine) ? [...new Set(items)] : undefined;
  };
}

function secondsOf(text: string): number | undefined {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return within(expiresSeconds, seconds) ? seconds : undefined;
}

function surplus(words: readonly string[]): readonly string[] {
  return words.length === 0 ? [] : [`expected nothing more after keys, got ${words.join(" ")}`];
}

function strays(settings: Settings, allowed: readonly KeyFlag[]): readonly string[] {
  return Object.keys(keyFlags)
    .filter(isAccessKeyFlag)
    .filter((flag) => !allowed.includes(flag) && settings.find(flag) !== undefined)
    .map((flag) => `expected --${flag} to come with keys create, got it alone`);
}

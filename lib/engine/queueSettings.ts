import { invalidAttributeValue, SqsError, unknownAttribute } from "#contract/errors.ts";
import * as limits from "#contract/limits.ts";
import { readBoolean, readWholeNumber } from "./attributeValue.ts";
import {
  type AttributeMode,
  checkThroughput,
  type FifoAttribute,
  type FifoSettings,
  fifoAttributes,
  fifoDefaults,
} from "./fifoSettings.ts";
import { isSameJson } from "./jsonText.ts";
import { checkPolicy } from "./policyDocument.ts";
import { parseRedriveAllowPolicy, type RedriveAllowPolicy } from "./redriveAllowPolicy.ts";
import { parseRedrivePolicy, type RedrivePolicy, redrivePolicyText } from "./redrivePolicy.ts";

const kmsDataKeyReuseSecondsDefault = 300;

/** The attributes of a queue that its owner sets (spec section 3.2). Goes through JSON unharmed. */
export interface QueueSettings {
  readonly delaySeconds: number;
  readonly maximumMessageBytes: number;
  readonly retentionSeconds: number;
  readonly waitTimeSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly sqsManagedSse: boolean;
  readonly kmsMasterKeyId?: string;
  readonly kmsDataKeyReuseSeconds?: number;
  readonly policy?: string;
  readonly redrivePolicy?: RedrivePolicy;
  readonly redriveAllowPolicy?: RedriveAllowPolicy;
  /** There exactly when the queue is FIFO. */
  readonly fifo?: FifoSettings;
}

/** The settings of a queue that was created without attributes (spec section 3.2). */
export function defaultSettings(isFifo: boolean): QueueSettings {
  return {
    delaySeconds: 0,
    maximumMessageBytes: limits.maximumMessageBytes.max,
    retentionSeconds: limits.retentionSecondsDefault,
    waitTimeSeconds: 0,
    visibilityTimeoutSeconds: limits.visibilityTimeoutSecondsDefault,
    sqsManagedSse: true,
    ...(isFifo ? { fifo: fifoDefaults } : {}),
  };
}

/** The text in which a queue's settings are stored. */
export function settingsToJson(settings: QueueSettings): string {
  return JSON.stringify(settings);
}

/** Reads what `settingsToJson` wrote. */
export function settingsFromJson(text: string): QueueSettings {
  const settings: QueueSettings = JSON.parse(text);
  return settings;
}

interface SettableAttribute {
  /** The settings with this attribute set to a value, or an `SqsError`. */
  readonly change: (settings: QueueSettings, value: string, mode: AttributeMode) => QueueSettings;
  /** The value as GetQueueAttributes shows it, `undefined` where it shows none. */
  readonly read: (settings: QueueSettings) => string | undefined;
  /** Whether two values are compared by what their JSON says. */
  readonly isJson?: true;
}

type SecondsOrBytes =
  | "delaySeconds"
  | "maximumMessageBytes"
  | "retentionSeconds"
  | "waitTimeSeconds"
  | "visibilityTimeoutSeconds";

function wholeNumber(
  name: string,
  key: SecondsOrBytes,
  range: limits.Range,
): [name: string, attribute: SettableAttribute] {
  return [
    name,
    {
      change: (settings, value) => ({ ...settings, [key]: readWholeNumber(name, value, range) }),
      read: (settings) => String(settings[key]),
    },
  ];
}

/** An attribute that only a FIFO queue has, among those that any queue may be given. */
function ofAnyQueue([name, attribute]: [name: string, attribute: FifoAttribute]): [
  name: string,
  attribute: SettableAttribute,
] {
  return [
    name,
    {
      change: (settings, value, mode) => {
        if (settings.fifo === undefined) throw attribute.notOnStandard(name);
        return { ...settings, fifo: attribute.change(settings.fifo, value, mode) };
      },
      read: ({ fifo }) => (fifo === undefined ? undefined : attribute.read(fifo)),
    },
  ];
}

const settable: ReadonlyMap<string, SettableAttribute> = new Map([
  wholeNumber("DelaySeconds", "delaySeconds", limits.delaySeconds),
  wholeNumber("MaximumMessageSize", "maximumMessageBytes", limits.maximumMessageBytes),
  wholeNumber("MessageRetentionPeriod", "retentionSeconds", limits.retentionSeconds),
  wholeNumber("ReceiveMessageWaitTimeSeconds", "waitTimeSeconds", limits.waitTimeSeconds),
  wholeNumber("VisibilityTimeout", "visibilityTimeoutSeconds", limits.visibilityTimeoutSeconds),
  [
    "SqsManagedSseEnabled",
    {
      change: (settings, value) => {
        const sqsManagedSse = readBoolean("SqsManagedSseEnabled", value);
        return { ...(sqsManagedSse ? withoutKms(settings) : settings), sqsManagedSse };
      },
      read: (settings) => String(settings.sqsManagedSse),
    },
  ],
  [
    "Policy",
    {
      change: ({ policy, ...settings }, value) =>
        value === "" ? settings : { ...settings, policy: checkPolicy(value) },
      read: (settings) => settings.policy,
      isJson: true,
    },
  ],
  [
    "RedrivePolicy",
    {
      change: ({ redrivePolicy, ...settings }, value) =>
        value === "" ? settings : { ...settings, redrivePolicy: parseRedrivePolicy(value) },
      read: ({ redrivePolicy }) => redrivePolicy && redrivePolicyText(redrivePolicy),
    },
  ],
  [
    "RedriveAllowPolicy",
    {
      change: ({ redriveAllowPolicy, ...settings }, value) =>
        value === ""
          ? settings
          : { ...settings, redriveAllowPolicy: parseRedriveAllowPolicy(value) },
      read: (settings) => settings.redriveAllowPolicy?.text,
      isJson: true,
    },
  ],
  [
    "KmsMasterKeyId",
    {
      // Without its key the queue is not encrypted: SQS does not go back to its own.
      change: (settings, value) => {
        if (value.length > limits.kmsKeyIdCharactersMax) {
          throw invalidAttributeValue("KmsMasterKeyId");
        }
        return value === ""
          ? withoutKms(settings)
          : { ...settings, kmsMasterKeyId: value, sqsManagedSse: false };
      },
      read: (settings) => settings.kmsMasterKeyId,
    },
  ],
  [
    "KmsDataKeyReusePeriodSeconds",
    {
      change: (settings, value) => ({
        ...settings,
        kmsDataKeyReuseSeconds: readWholeNumber(
          "KmsDataKeyReusePeriodSeconds",
          value,
          limits.kmsDataKeyReuseSeconds,
        ),
      }),
      read: ({ kmsMasterKeyId, kmsDataKeyReuseSeconds = kmsDataKeyReuseSecondsDefault }) =>
        kmsMasterKeyId === undefined ? undefined : String(kmsDataKeyReuseSeconds),
    },
  ],
  ...[...fifoAttributes].map(ofAnyQueue),
]);

function withoutKms(settings: QueueSettings): QueueSettings {
  const { kmsMasterKeyId, kmsDataKeyReuseSeconds, ...others } = settings;
  return others;
}

/**
 * The settings with attributes set to new values, in the order given, or the error of the first that
 * will not do; nothing is half changed (spec sections 3.2, 3.4 to 3.6). A new queue starts from its
 * defaults. What a redrive policy says of another queue is for the caller to check.
 */
export function changeSettings(
  current: QueueSettings,
  attributes: ReadonlyMap<string, string>,
  mode: AttributeMode,
): QueueSettings {
  let settings = current;
  for (const [name, value] of attributes) {
    const attribute = settable.get(name);
    if (attribute === undefined) throw unknownAttribute(name);
    settings = attribute.change(settings, value, mode);
  }
  checkEncryption(attributes);
  if (settings.fifo !== undefined) checkThroughput(settings.fifo);
  return settings;
}

function checkEncryption(attributes: ReadonlyMap<string, string>): void {
  const asksForKms = (attributes.get("KmsMasterKeyId") ?? "") !== "";
  const asksForSqs = attributes.get("SqsManagedSseEnabled")?.toLowerCase() === "true";
  if (!asksForKms || !asksForSqs) return;
  throw new SqsError(
    "InvalidAttributeName",
    "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
  );
}

/** Whether the attributes of CreateQueue ask for a FIFO queue (spec section 3.1). */
export function isFifoRequested(attributes: ReadonlyMap<string, string> | undefined): boolean {
  return attributes?.get("FifoQueue")?.toLowerCase() === "true";
}

/** The settable attributes as GetQueueAttributes shows them, those that are set (spec section 3.2). */
export function describeSettings(
  settings: QueueSettings,
): readonly (readonly [name: string, value: string])[] {
  const described: [name: string, value: string][] = [];
  for (const [name, { read }] of settable) {
    const value = read(settings);
    if (value !== undefined) described.push([name, value]);
  }
  return described;
}

/**
 * The first of the attributes given to CreateQueue whose value is not the one that the existing
 * queue has now, if there is one (spec section 3.3). The values were checked before.
 */
export function firstDifference(
  current: QueueSettings,
  given: ReadonlyMap<string, string>,
): string | undefined {
  for (const [name, value] of given) {
    const attribute = settable.get(name);
    if (attribute === undefined) throw unknownAttribute(name);
    const wanted = attribute.read(attribute.change(current, value, "create"));
    const actual = attribute.read(current);
    if (wanted === actual) continue;
    if (wanted === undefined || actual === undefined) return name;
    if (attribute.isJson === undefined || !isSameJson(wanted, actual)) return name;
  }
  return undefined;
}

const readOnlyNames = [
  "QueueArn",
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
];

/** Every attribute that GetQueueAttributes can be asked for by name (spec section 3.2). */
export const readableAttributeNames: ReadonlySet<string> = new Set([
  ...settable.keys(),
  ...readOnlyNames,
]);

/** Refuses a name in GetQueueAttributes that no queue of either type has (spec section 3.2). */
export function checkAttributeNames(names: readonly string[]): void {
  for (const name of names) {
    if (name !== "All" && !readableAttributeNames.has(name)) throw unknownAttribute(name);
  }
}

import { invalidParameterValue, unknownAttribute } from "#contract/errors.ts";
import type { MessageAttributeValue } from "#contract/operations.ts";
import { hasIllegalCharacter, illegalCharacterText } from "./messageBody.ts";

/** Every system attribute that a receive can show (spec section 4.5). */
export const systemAttributeNames: ReadonlySet<string> = new Set([
  "SenderId",
  "SentTimestamp",
  "ApproximateReceiveCount",
  "ApproximateFirstReceiveTimestamp",
  "SequenceNumber",
  "MessageDeduplicationId",
  "MessageGroupId",
  "AWSTraceHeader",
  "DeadLetterQueueSourceArn",
]);

const none: ReadonlySet<string> = new Set();

/**
 * The trace header of `MessageSystemAttributes`, if there is one: nothing else can be sent there
 * (spec section 4.4). The header may say anything, as in SQS's own digest vectors.
 */
export function checkMessageSystemAttributes(
  attributes: ReadonlyMap<string, MessageAttributeValue> | undefined,
): string | undefined {
  let traceHeader: string | undefined;
  for (const [name, value] of attributes ?? []) {
    if (name !== "AWSTraceHeader") {
      throw invalidParameterValue(`Message system attribute name '${name}' is invalid.`);
    }
    traceHeader = checkTraceHeader(name, value);
  }
  return traceHeader;
}

function checkTraceHeader(name: string, { DataType, StringValue }: MessageAttributeValue): string {
  if (DataType === undefined || DataType === "") {
    throw invalidParameterValue(
      `The message (system) attribute '${name}' must contain a non-empty message attribute type.`,
    );
  }
  if (DataType !== "String") {
    throw invalidParameterValue(
      `The type of message (system) attribute '${name}' is invalid. You must use only the following supported type prefixes: String.`,
    );
  }
  if (StringValue === undefined || StringValue === "") {
    throw invalidParameterValue(
      `Message (system) attribute '${name}' must contain a non-empty value of type 'String'.`,
    );
  }
  if (hasIllegalCharacter(StringValue)) {
    throw invalidParameterValue(illegalCharacterText(StringValue));
  }
  return StringValue;
}

/**
 * The names that a receive asked for, `All` resolved (spec section 6.4). Where both lists have
 * names, the newer `MessageSystemAttributeNames` decides and the other is not looked at.
 */
export function selectSystemAttributes({
  attributeNames = [],
  messageSystemAttributeNames = [],
}: {
  readonly attributeNames?: readonly string[] | undefined;
  readonly messageSystemAttributeNames?: readonly string[] | undefined;
}): ReadonlySet<string> {
  const names =
    messageSystemAttributeNames.length > 0 ? messageSystemAttributeNames : attributeNames;
  if (names.length === 0) return none;
  for (const name of names) {
    if (name !== "All" && !systemAttributeNames.has(name)) throw unknownAttribute(name);
  }
  return names.includes("All") ? systemAttributeNames : new Set(names);
}

import { invalidParameterValue, SqsError } from "#contract/errors.ts";
import {
  attributeNameCharactersMax,
  attributeTypeCharactersMax,
  messageAttributesMax,
} from "#contract/limits.ts";
import type { MessageAttributeValue } from "#contract/operations.ts";
import { hasIllegalCharacter, illegalCharacterText, utf8Bytes } from "./messageBody.ts";
import { isNumberText } from "./numberText.ts";

/** A user attribute that was checked: text for `String` and `Number` types, bytes for `Binary`. */
export type StoredAttribute =
  | { readonly dataType: string; readonly text: string }
  | { readonly dataType: string; readonly bytes: Uint8Array };

type StoredAttributes = ReadonlyMap<string, StoredAttribute>;

const none: StoredAttributes = new Map();
const namePattern = /^[A-Za-z0-9_.-]+$/;
const reservedName = /^(?:aws\.|amazon\.|\.)|\.$|\.\./i;
const typePattern = /^(?:String|Number|Binary)(?:\..+)?$/s;

/** Checks the user attributes of one message, rule by rule in the order of spec section 4.3. */
export function checkMessageAttributes(
  attributes: ReadonlyMap<string, MessageAttributeValue> | undefined,
): StoredAttributes {
  if (attributes === undefined || attributes.size === 0) return none;
  if (attributes.size > messageAttributesMax) {
    throw invalidParameterValue(
      `Number of message attributes [${attributes.size}] exceeds the allowed maximum [${messageAttributesMax}].`,
    );
  }
  const stored = new Map<string, StoredAttribute>();
  for (const [name, value] of attributes) {
    checkName(name);
    stored.set(name, checkValue(name, checkType(name, value.DataType), value));
  }
  return stored;
}

function checkName(name: string): void {
  if (name === "") {
    throw invalidParameterValue("The request must contain non-empty message attribute name.");
  }
  if (name.length > attributeNameCharactersMax) {
    throw invalidParameterValue(
      `Message (user) attribute names must be at most ${attributeNameCharactersMax} characters long.`,
    );
  }
  if (!namePattern.test(name)) {
    throw invalidParameterValue(
      "Message (user) attribute names can only contain alphanumeric characters, hyphens, underscores, and periods.",
    );
  }
  if (reservedName.test(name)) {
    throw invalidParameterValue(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
}

function checkType(name: string, dataType: string | undefined): string {
  if (dataType === undefined || dataType === "") {
    throw invalidParameterValue(
      `The message (user) attribute '${name}' must contain a non-empty message attribute type.`,
    );
  }
  if (
    !typePattern.test(dataType) ||
    dataType.length > attributeTypeCharactersMax ||
    hasIllegalCharacter(dataType)
  ) {
    throw invalidParameterValue(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  return dataType;
}

function checkValue(name: string, dataType: string, value: MessageAttributeValue): StoredAttribute {
  const { StringValue: text = "", BinaryValue: bytes = new Uint8Array() } = value;
  // Some clients send the members that they do not use, and send them empty.
  if (value.StringListValues?.length || value.BinaryListValues?.length) {
    throw new SqsError(
      "UnsupportedOperation",
      "Message attribute list values in SendMessage operation are not supported.",
    );
  }
  const isBinary = dataType.startsWith("Binary");
  if ((isBinary ? bytes : text).length === 0) {
    throw invalidParameterValue(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${dataType}'.`,
    );
  }
  if ((isBinary ? text : bytes).length > 0) {
    throw invalidParameterValue(
      `Message (user) attribute '${name}' must contain only a value of type '${dataType}'.`,
    );
  }
  if (isBinary) return { dataType, bytes };
  checkText(name, dataType, text);
  return { dataType, text };
}

function checkText(name: string, dataType: string, text: string): void {
  if (dataType.startsWith("Number")) {
    if (isNumberText(text)) return;
    throw invalidParameterValue(
      `Can't cast the value of message (user) attribute '${name}' to a number.`,
    );
  }
  if (hasIllegalCharacter(text)) throw invalidParameterValue(illegalCharacterText(text));
}

/** What the attributes add to the size of a message: names, data types, values (spec section 4.2). */
export function attributesBytes(attributes: StoredAttributes): number {
  let bytes = 0;
  for (const [name, value] of attributes) {
    bytes += utf8Bytes(name) + utf8Bytes(value.dataType);
    bytes += "bytes" in value ? value.bytes.length : utf8Bytes(value.text);
  }
  return bytes;
}

/**
 * The attributes that a receive asked for by `MessageAttributeNames` (spec section 6.4). The stored
 * ones stay as they are: a later receive may ask for more.
 */
export function selectAttributes(
  names: readonly string[] | undefined,
  attributes: StoredAttributes,
): StoredAttributes {
  if (names === undefined || names.length === 0 || attributes.size === 0) return none;
  if (names.some((name) => name === "All" || name === "*" || name === ".*")) return attributes;
  const exact = new Set(names);
  // The dot belongs to the wildcard and not to the prefix: `Hel.*` asks for `Hello` too.
  const prefixes = names.filter((name) => name.endsWith(".*")).map((name) => name.slice(0, -2));
  return new Map(
    [...attributes].filter(
      ([name]) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  );
}

/** Attributes as a receive returns them: `DataType`, and `StringValue` or `BinaryValue`. */
export function toWire(attributes: StoredAttributes): ReadonlyMap<string, MessageAttributeValue> {
  const wire = new Map<string, MessageAttributeValue>();
  for (const [name, value] of attributes) {
    wire.set(
      name,
      "bytes" in value
        ? { BinaryValue: value.bytes, DataType: value.dataType }
        : { StringValue: value.text, DataType: value.dataType },
    );
  }
  return wire;
}

import type { Element } from "@xmldom/xmldom";
import type { Shape, StructureShape } from "#contract/shape.ts";
import { xmlParser } from "./xmlParser.ts";

/**
 * The client's side of the Query protocol, written from the table of spec section 1.4 and not from
 * the code that is tested. What a client is free to do is chosen by `Choices`.
 */

export interface Choices {
  /** One of the spellings that are accepted. */
  readonly spelling: (names: readonly string[]) => string;
  /** By how much the next number of a list is greater. */
  readonly step: () => number;
}

export type Parameter = readonly [name: string, value: string];

const requestNames: Readonly<Record<string, readonly string[]>> = {
  AWSAccountIds: ["AWSAccountId", "AWSAccountIds"],
  Actions: ["ActionName", "Actions"],
  AttributeNames: ["AttributeName", "AttributeNames"],
  Attributes: ["Attribute", "Attributes"],
  BinaryListValues: ["BinaryListValue"],
  MessageAttributeNames: ["MessageAttributeName", "MessageAttributeNames"],
  MessageAttributes: ["MessageAttribute", "MessageAttributes"],
  MessageSystemAttributeNames: ["MessageSystemAttributeName"],
  MessageSystemAttributes: ["MessageSystemAttribute", "MessageSystemAttributes"],
  StringListValues: ["StringListValue"],
  TagKeys: ["TagKey", "TagKeys"],
  Tags: ["Tag", "Tags"],
  tags: ["Tag", "Tags"],
};

const entryNames: Readonly<Record<string, readonly string[]>> = {
  ChangeMessageVisibilityBatch: ["ChangeMessageVisibilityBatchRequestEntry", "Entries"],
  DeleteMessageBatch: ["DeleteMessageBatchRequestEntry", "Entries"],
  SendMessageBatch: ["SendMessageBatchRequestEntry", "Entries"],
};

const keyOf = (name: string): string => (/^Tags?$/.test(name) ? "Key" : "Name");

/** The parameters of an action's input. */
export function parametersOf(
  action: string,
  shape: StructureShape,
  input: unknown,
  choices: Choices,
): readonly Parameter[] {
  const namesOf = (member: string): readonly string[] =>
    (member === "Entries" ? entryNames[action] : requestNames[member]) ?? [];

  function numbered(
    values: readonly unknown[],
    name: string,
  ): readonly (readonly [string, unknown])[] {
    let number = 0;
    return values.map((value) => {
      number += choices.step();
      return [`${name}.${number}`, value] as const;
    });
  }

  function members(of: StructureShape, value: unknown, prefix: string): readonly Parameter[] {
    return Object.entries(of.members).flatMap(([member, memberShape]) => {
      const given = isRecord(value) ? value[member] : undefined;
      return given === undefined ? [] : written(memberShape, given, prefix, member);
    });
  }

  function written(
    of: Shape,
    value: unknown,
    prefix: string,
    member: string,
  ): readonly Parameter[] {
    switch (of.kind) {
      case "structure":
        return members(of, value, `${prefix}${member}.`);
      case "list": {
        const name = `${prefix}${choices.spelling(namesOf(member))}`;
        return numbered(Array.isArray(value) ? value : [], name).flatMap(([path, each]) =>
          of.of.kind === "structure"
            ? members(of.of, each, `${path}.`)
            : written(of.of, each, "", path),
        );
      }
      case "map": {
        const name = choices.spelling(namesOf(member));
        const entries = value instanceof Map ? [...value] : [];
        return numbered(entries, `${prefix}${name}`).flatMap(([path, entry]) => {
          const [key, each] = Array.isArray(entry) ? entry : [];
          return [
            [`${path}.${keyOf(name)}`, String(key)] as const,
            ...written(of.of, each, `${path}.`, "Value"),
          ];
        });
      }
      case "blob":
        return [[`${prefix}${member}`, value instanceof Uint8Array ? base64(value) : ""]];
      case "string":
      case "integer":
      case "boolean":
        return [[`${prefix}${member}`, String(value)]];
    }
  }

  return members(shape, input, "");
}

const answerNames: Readonly<Record<string, string>> = {
  Attributes: "Attribute",
  Failed: "BatchResultErrorEntry",
  MessageAttributes: "MessageAttribute",
  Messages: "Message",
  QueueUrls: "QueueUrl",
  Tags: "Tag",
  queueUrls: "QueueUrl",
  StringListValues: "StringListValue",
  BinaryListValues: "BinaryListValue",
};

/** The output that an answer holds, read by an XML parser that is not ours. */
export function outputIn(action: string, shape: StructureShape, document: string): unknown {
  const root = xmlParser.parseFromString(document, "text/xml").documentElement;
  const result = root === null ? undefined : childrenOf(root, `${action}Result`)[0];
  return result === undefined ? undefined : read(shape, result);

  function read(of: Shape, element: Element): unknown {
    const text = element.textContent ?? "";
    switch (of.kind) {
      case "string":
        return text;
      case "integer":
        return Number(text);
      case "boolean":
        return text === "true";
      case "blob":
        return new Uint8Array(Buffer.from(text, "base64"));
      case "structure":
        return Object.fromEntries(
          Object.entries(of.members).flatMap(([name, each]) => {
            const value = readMember(each, name, element);
            return value === undefined ? [] : [[name, value]];
          }),
        );
      case "list":
      case "map":
        throw new Error(`expected a member, got a ${of.kind}`);
    }
  }

  function readMember(of: Shape, name: string, parent: Element): unknown {
    const listed = answerNames[name] ?? `${action}ResultEntry`;
    const elements = childrenOf(parent, of.kind === "list" || of.kind === "map" ? listed : name);
    if (elements.length === 0) return undefined;
    if (of.kind === "list") return elements.map((element) => read(of.of, element));
    if (of.kind === "map")
      return new Map(elements.map((element) => readEntry(of.of, listed, element)));
    return elements.map((element) => read(of, element))[0];
  }

  function readEntry(of: Shape, listed: string, element: Element): readonly [string, unknown] {
    const name = childrenOf(element, keyOf(listed))[0]?.textContent ?? "";
    return [name, readMember(of, "Value", element)];
  }
}

function childrenOf(parent: Element, name: string): readonly Element[] {
  return [...parent.children].filter((child) => child.tagName === name);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

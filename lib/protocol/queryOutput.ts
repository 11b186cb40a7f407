import type { Shape, StructureShape } from "#contract/shape.ts";
import { isObject, writerOf } from "./jsonShape.ts";
import { collectionNames } from "./queryNames.ts";
import type { XmlContent, XmlElements } from "./xml.ts";

/**
 * Writers of the elements of an answer, made once for each shape of the contract (spec section 1.4).
 * What is absent or empty has no element, but for an empty text.
 */

/** Gives the elements of a structure's members. */
export type XmlWriter = (value: unknown) => XmlElements;

/** The writer of a structure: the output of an action, or part of it. */
export function xmlWriterOf(action: string, shape: StructureShape): XmlWriter {
  const members = Object.entries(shape.members)
    .sort(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([name, of]) => ({ name, ...memberWriter(action, name, of) }));
  return (value) => {
    const elements: Record<string, XmlContent | readonly XmlContent[]> = {};
    if (!isObject(value)) return elements;
    for (const { name, element, write } of members) {
      const each = value[name];
      if (each !== undefined) elements[element] = write(each);
    }
    return elements;
  };
}

/**
 * The contract's members stand in the order in which SQS documents them. On the wire a sent message
 * begins with its ids, and a failed entry ends with who is to blame.
 */
const places: ReadonlyMap<string, number> = new Map([
  ["Id", -2],
  ["MessageId", -1],
  ["SenderFault", 1],
]);

function placeOf(member: string): number {
  return places.get(member) ?? 0;
}

interface MemberWriter {
  readonly element: string;
  readonly write: (value: unknown) => XmlContent | readonly XmlContent[];
}

function memberWriter(action: string, name: string, shape: Shape): MemberWriter {
  if (shape.kind === "list") {
    const { element } = collectionNames(action, name);
    const write = contentWriter(action, shape.of);
    return { element, write: (value) => (Array.isArray(value) ? value.map(write) : []) };
  }
  if (shape.kind === "map") {
    const { element, key } = collectionNames(action, name);
    const writeEntry = entryWriter(key, contentWriter(action, shape.of));
    return {
      element,
      write: (value) => (value instanceof Map ? Array.from(value, writeEntry) : []),
    };
  }
  return { element: name, write: contentWriter(action, shape) };
}

type ContentWriter = (value: unknown) => XmlContent;

function entryWriter(key: string, write: ContentWriter) {
  return ([name, value]: readonly [string, unknown]): XmlElements => ({
    [key]: name,
    Value: write(value),
  });
}

function contentWriter(action: string, shape: Shape): ContentWriter {
  switch (shape.kind) {
    case "string":
    case "integer":
    case "boolean":
      return String;
    case "blob": {
      const write = writerOf(shape);
      return (value) => String(write(value));
    }
    case "structure":
      return xmlWriterOf(action, shape);
    case "list":
    case "map":
      throw new Error(`expected text or a structure, got a ${shape.kind}`);
  }
}

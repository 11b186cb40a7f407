import { missingParameter } from "#contract/errors.ts";
import type { MapShape, Shape, StructureShape } from "#contract/shape.ts";
import { type FormNode, valueAt } from "./form.ts";
import { malformed, readerOf } from "./jsonShape.ts";
import { type CollectionNames, collectionNames } from "./queryNames.ts";

/**
 * Readers of a form's parameters, made once for each shape of the contract (spec section 1.4).
 *
 * What is missing and what is empty look alike in a form: a list or map of which nothing came is
 * absent. Only the entries of a batch are an empty list then, so that the refusal is that of an empty
 * batch (spec section 6.3). A form is followed only as deep as a shape goes.
 */

/** Gives the members that the parameters under a node have; throws an `SqsError` for unreadable ones. */
export type FormReader = (node: FormNode) => Readonly<Record<string, unknown>>;

/** The reader of a structure: the input of an action, or part of it. */
export function formReaderOf(action: string, shape: StructureShape): FormReader {
  const members = Object.entries(shape.members).map(([name, of]) => ({
    name,
    read: memberReader(action, name, of),
  }));
  return (node) => {
    const values: Record<string, unknown> = {};
    for (const { name, read } of members) {
      const value = read(node);
      if (value !== undefined) values[name] = value;
    }
    return values;
  };
}

/** Reads one member from the node of the structure that it is of. */
type MemberReader = (parent: FormNode) => unknown;

function memberReader(action: string, name: string, shape: Shape): MemberReader {
  switch (shape.kind) {
    case "list":
      return shape.of.kind === "structure"
        ? entriesReader(collectionNames(action, name), formReaderOf(action, shape.of))
        : listReader(collectionNames(action, name), textReader(name, shape.of));
    case "map":
      return mapReader(action, name, shape);
    case "structure": {
      const read = formReaderOf(action, shape);
      return (parent) => {
        const node = parent.members?.get(name);
        return node === undefined ? undefined : read(node);
      };
    }
    case "string":
    case "integer":
    case "boolean":
    case "blob": {
      const read = textReader(name, shape);
      return (parent) => {
        const text = valueAt(parent, name);
        return text === undefined ? undefined : read(text);
      };
    }
  }
}

function entriesReader({ spellings }: CollectionNames, read: FormReader): MemberReader {
  return (parent) => spelt(parent, spellings).flatMap(numbered).map(read);
}

/**
 * A list of one may come without a number, as in `AttributeName=All`. If that is empty, it says that
 * the list is: so SDKs write it.
 */
function listReader({ spellings }: CollectionNames, read: TextReader): MemberReader {
  return (parent) => {
    const texts = spelt(parent, spellings).flatMap((node) => [
      ...textsOf(node).filter((text) => text !== ""),
      ...numbered(node).flatMap(textsOf),
    ]);
    return texts.length === 0 ? undefined : texts.map(read);
  };
}

function textsOf({ values = [] }: FormNode): readonly string[] {
  return values;
}

/**
 * A map of one may come without a number, as in `Attribute.Name=Policy&Attribute.Value=`. What an
 * entry of a message attribute lacks, its name or all of its value, is for the engine to refuse in the
 * words of its own rules.
 */
function mapReader(action: string, member: string, { of }: MapShape): MemberReader {
  const { spellings, element, key } = collectionNames(action, member);
  const readValue = memberReader(action, "Value", of);
  return (parent) => {
    const entries = spelt(parent, spellings).flatMap((node) =>
      node.members?.has(key) ? [node, ...numbered(node)] : numbered(node),
    );
    if (entries.length === 0) return undefined;
    const values = new Map<string, unknown>();
    for (const entry of entries) {
      const value = readValue(entry) ?? (of.kind === "structure" ? {} : undefined);
      if (value === undefined) throw missingParameter(`${element}.Value`);
      values.set(valueAt(entry, key) ?? "", value);
    }
    return values;
  };
}

/** What came of a list or map, under whichever of its names. */
function spelt(parent: FormNode, spellings: readonly string[]): readonly FormNode[] {
  const { members } = parent;
  if (members === undefined) return [];
  return spellings.flatMap((spelling) => members.get(spelling) ?? []);
}

const numberPattern = /^[1-9]\d{0,4}$/;

/** The numbered members in the order of their numbers, in which gaps are allowed. */
function numbered({ members }: FormNode): readonly FormNode[] {
  if (members === undefined) return [];
  return [...members]
    .filter(([part]) => numberPattern.test(part))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, member]) => member);
}

type TextReader = (text: string) => unknown;

function textReader(name: string, shape: Shape): TextReader {
  switch (shape.kind) {
    case "string":
      return (text) => text;
    case "integer":
      return (text) => integerOf(name, text);
    case "boolean":
      return (text) => booleanOf(name, text);
    case "blob":
      return readerOf(shape);
    case "list":
    case "map":
    case "structure":
      throw new Error(`expected ${name} to hold text, got a ${shape.kind}`);
  }
}

function integerOf(name: string, text: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
  if (Number.isSafeInteger(value) && value !== undefined) return value;
  throw malformed(`Expected the parameter ${name} to be an integer.`);
}

function booleanOf(name: string, text: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw malformed(`Expected the parameter ${name} to be true or false.`);
}

import { SqsError } from "#contract/errors.ts";
import type { ListShape, MapShape, Shape, StructureShape } from "#contract/shape.ts";

/**
 * Readers and writers of JSON values, made once for each shape of the contract: parsed JSON ⇄ the
 * contract's own forms (a `Map` for a map, a `Uint8Array` for a blob).
 *
 * `null` is the same as absent at every depth. Nesting is followed only as deep as a shape goes, so
 * no input can exhaust the stack.
 */

/** Throws a SerializationException if the value is not of the shape. */
export type Reader = (given: unknown) => unknown;

/** Gives what `JSON.stringify` shall see; `undefined` for what is to be left out. */
export type Writer = (value: unknown) => unknown;

/** The reader of one shape. */
export function readerOf(shape: Shape): Reader {
  switch (shape.kind) {
    case "string":
      return readString;
    case "integer":
      return readInteger;
    case "boolean":
      return readBoolean;
    case "blob":
      return readBlob;
    case "list":
      return listReader(shape);
    case "map":
      return mapReader(shape);
    case "structure":
      return structureReader(shape);
  }
}

/** The writer of one shape. Empty lists and maps are left out, as SQS leaves them out. */
export function writerOf(shape: Shape): Writer {
  switch (shape.kind) {
    case "string":
    case "integer":
    case "boolean":
      return (value) => value;
    case "blob":
      return writeBlob;
    case "list":
      return listWriter(shape);
    case "map":
      return mapWriter(shape);
    case "structure":
      return structureWriter(shape);
  }
}

/** Whether a value is a JSON object: neither a scalar nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for everything that cannot be read. */
export function malformed(message: string): SqsError {
  return new SqsError("SerializationException", message);
}

function readString(given: unknown): string {
  if (typeof given === "string") return given;
  throw wrongScalar(given, "a String");
}

function readInteger(given: unknown): number {
  if (Number.isInteger(given) && typeof given === "number") return given;
  throw wrongScalar(given, "an Integer");
}

function readBoolean(given: unknown): boolean {
  if (typeof given === "boolean") return given;
  throw wrongScalar(given, "a Boolean");
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readBlob(given: unknown): Uint8Array {
  const text = typeof given === "string" ? given : undefined;
  if (text === undefined) throw wrongScalar(given, "a Blob");
  // Node decodes whatever it is given and skips what it does not know.
  if (text.length % 4 !== 0 || !base64.test(text)) throw malformed("Expected a blob in base64.");
  return Buffer.from(text, "base64");
}

function writeBlob(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

function listReader(shape: ListShape): Reader {
  const read = readerOf(shape.of);
  return (given) => {
    if (!Array.isArray(given)) throw wrongCollection(given);
    const values: unknown[] = [];
    for (const each of given) if (each !== null) values.push(read(each));
    return values;
  };
}

function listWriter(shape: ListShape): Writer {
  const write = writerOf(shape.of);
  return (value) => (Array.isArray(value) && value.length > 0 ? value.map(write) : undefined);
}

function mapReader(shape: MapShape): Reader {
  const read = readerOf(shape.of);
  return (given) => {
    if (!isObject(given)) throw wrongCollection(given);
    const values = new Map<string, unknown>();
    for (const key of Object.keys(given)) {
      const each = given[key];
      if (each !== null) values.set(key, read(each));
    }
    return values;
  };
}

function mapWriter(shape: MapShape): Writer {
  const write = writerOf(shape.of);
  return (value) => {
    if (!(value instanceof Map) || value.size === 0) return undefined;
    const written: Record<string, unknown> = {};
    for (const [key, each] of value) define(written, key, write(each));
    return written;
  };
}

/** To assign `__proto__` would change the prototype; to define it makes it an ordinary key. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true });
  else object[key] = value;
}

function structureReader(shape: StructureShape): Reader {
  const members = Object.entries(shape.members).map(([name, of]) => ({ name, read: readerOf(of) }));
  return (given) => {
    if (!isObject(given)) throw wrongCollection(given);
    const values: Record<string, unknown> = {};
    for (const { name, read } of members) {
      const each = given[name];
      if (each !== undefined && each !== null) values[name] = read(each);
    }
    return values;
  };
}

function structureWriter(shape: StructureShape): Writer {
  const members = Object.entries(shape.members).map(([name, of]) => ({
    name,
    write: writerOf(of),
  }));
  return (value) => {
    if (!isObject(value)) return undefined;
    const written: Record<string, unknown> = {};
    for (const { name, write } of members) {
      const each = value[name];
      if (each !== undefined) written[name] = write(each);
    }
    return written;
  };
}

/** The texts of spec section 1.3, odd full stops included. */
function wrongScalar(given: unknown, expected: string): SqsError {
  if (typeof given === "object") return unexpectedStart(given);
  return malformed(`${tokenOf(given)} can not be converted to ${expected}`);
}

function tokenOf(given: unknown): string {
  if (typeof given === "string") return "STRING_VALUE";
  if (typeof given === "boolean") return given ? "TRUE_VALUE" : "FALSE_VALUE";
  return "NUMBER_VALUE";
}

function wrongCollection(given: unknown): SqsError {
  if (typeof given === "object") return unexpectedStart(given);
  return malformed(`Unrecognized collection type class java.lang.${javaClassOf(given)}`);
}

function javaClassOf(given: unknown): string {
  if (typeof given === "string") return "String";
  if (typeof given === "boolean") return "Boolean";
  return Number.isInteger(given) ? "Integer" : "Double";
}

function unexpectedStart(given: unknown): SqsError {
  return malformed(
    Array.isArray(given)
      ? "Start of list found where not expected"
      : "Start of structure or map found where not expected.",
  );
}

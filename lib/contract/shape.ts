/**
 * The language in which `operations.ts` describes what travels: one description drives every codec
 * and gives TypeScript the types of each action's input and output.
 */

export interface StringShape {
  readonly kind: "string";
}
/** A whole number that is exact in a double: counts, seconds, epoch milliseconds. */
export interface IntegerShape {
  readonly kind: "integer";
}
export interface BooleanShape {
  readonly kind: "boolean";
}
/** Bytes: base64 on every wire, a `Uint8Array` inside. */
export interface BlobShape {
  readonly kind: "blob";
}
export interface ListShape<Of extends Shape = Shape> {
  readonly kind: "list";
  readonly of: Of;
}
/** String keys. Decoded as a `Map`, so that no key of a caller's can reach a prototype. */
export interface MapShape<Of extends Shape = Shape> {
  readonly kind: "map";
  readonly of: Of;
}
/** Members are in the order in which SQS documents them. All are optional on the wire. */
export interface StructureShape<Members extends StructureMembers = StructureMembers> {
  readonly kind: "structure";
  readonly members: Members;
}

export interface StructureMembers {
  readonly [member: string]: Shape;
}

export type Shape =
  | StringShape
  | IntegerShape
  | BooleanShape
  | BlobShape
  | ListShape
  | MapShape
  | StructureShape;

/** The TypeScript type of what a shape describes. */
export type Of<S extends Shape> = S extends StringShape
  ? string
  : S extends IntegerShape
    ? number
    : S extends BooleanShape
      ? boolean
      : S extends BlobShape
        ? Uint8Array
        : S extends ListShape<infer Each>
          ? readonly Of<Each>[]
          : S extends MapShape<infer Each>
            ? ReadonlyMap<string, Of<Each>>
            : S extends StructureShape<infer Members>
              ? { readonly [Member in keyof Members]?: Of<Members[Member]> }
              : never;

export const string: StringShape = { kind: "string" };
export const integer: IntegerShape = { kind: "integer" };
export const boolean: BooleanShape = { kind: "boolean" };
export const blob: BlobShape = { kind: "blob" };

export function list<const Each extends Shape>(of: Each): ListShape<Each> {
  return { kind: "list", of };
}

export function map<const Each extends Shape>(of: Each): MapShape<Each> {
  return { kind: "map", of };
}

export function structure<const Members extends StructureMembers>(
  members: Members,
): StructureShape<Members> {
  return { kind: "structure", members };
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isActionName, operations } from "#contract/operations.ts";
import type { Shape, StructureShape } from "#contract/shape.ts";
import { query } from "#protocol/query.ts";
import { aQueryCall } from "./queryCall.ts";
import { type Choices, outputIn, type Parameter, parametersOf } from "./queryClient.ts";

const actions = Object.keys(operations).filter(isActionName);

/** Anything of a shape. Lists, maps and entries hold something: a form has no empty ones. */
function anyOf(shape: Shape, text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "string":
      return text;
    case "integer":
      return fc.maxSafeInteger().map((value) => value + 0);
    case "boolean":
      return fc.boolean();
    case "blob":
      return fc.uint8Array();
    case "list":
      return fc.array(anyOf(shape.of, text).filter(saysSomething), { minLength: 1, maxLength: 4 });
    case "map":
      return fc
        .array(fc.tuple(text, anyOf(shape.of, text)), { minLength: 1, maxLength: 4 })
        .map((entries) => new Map(entries));
    case "structure":
      return anyStructure(shape, text);
  }
}

function saysSomething(value: unknown): boolean {
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

function anyStructure(
  shape: StructureShape,
  text: fc.Arbitrary<string>,
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const members = Object.entries(shape.members).map(
    ([name, of]) => [name, anyOf(of, text)] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

const anyText = fc.string({ unit: "binary", maxLength: 20 });
const awkward = fc.constantFrom("", "\r", "\r\n", "&amp;", "]]>", '"', "%2B+ =&", "\u{1f600}", "é");
const requestText = fc.oneof(anyText, awkward, fc.constantFrom("__proto__", "1", "a.b"));

/** The characters of a message (spec section 4.1), and the awkward ones of XML among them. */
const answerText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  awkward,
  fc.constantFrom("\t\n", "<a>&#xD;</a>", "<![CDATA[", " a ", "\u0085\u2028\ufffd"),
);

/** What the engine is to see: all names of system attributes that came, under either name. */
function seenOf(input: Readonly<Record<string, unknown>>, action: string): unknown {
  if (action.endsWith("Batch")) return { Entries: [], ...input };
  if (action !== "ReceiveMessage") return input;
  const names = [input["MessageSystemAttributeNames"] ?? [], input["AttributeNames"] ?? []].flat();
  return names.length === 0 ? input : { ...input, MessageSystemAttributeNames: names };
}

const oneOf = (names: readonly string[]) => fc.constantFrom(...names);
const shuffled = (all: readonly Parameter[]) =>
  fc.shuffledSubarray([...all], { minLength: all.length });

/** A space is `+`, as browsers and most SDKs write a form. */
function withPlus(parameters: readonly Parameter[]): string {
  const form = new URLSearchParams();
  for (const [name, value] of parameters) form.append(name, value);
  return form.toString();
}

/** A space is `%20`, as signatures want it. */
function withPercent(parameters: readonly Parameter[]): string {
  return parameters.map((each) => each.map(encodeURIComponent).join("=")).join("&");
}

describe("query reads what a client writes", () => {
  it.each(actions)("%s", (action) => {
    const shape: StructureShape = operations[action].input;

    fc.assert(
      fc.property(anyStructure(shape, requestText), fc.gen(), (input, draw) => {
        const choices: Choices = {
          spelling: (names) => draw(oneOf, names),
          step: () => draw(fc.integer, { min: 1, max: 3 }),
        };
        const written = parametersOf(action, shape, input, choices);
        const all = [["Action", action] as const, ["Version", "2012-11-05"] as const, ...written];
        const parameters = draw(shuffled, all);
        const form = draw(fc.boolean) ? withPlus(parameters) : withPercent(parameters);

        const call = query.decode(aQueryCall(form));

        expect(call).toEqual({ action, input: seenOf(plain(input), action) });
      }),
    );
  });
});

/** Blobs as the codec gives them, and no prototype but the ordinary one. */
function plain(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainOf(each)]));
}

function plainOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, plainOf(each)]));
  if (typeof value === "object" && value !== null) return plain({ ...value });
  return value;
}

describe("a client reads what query writes", () => {
  const answering = actions.filter(
    (action) => Object.keys(operations[action].output.members).length > 0,
  );

  it.each(answering)("%s", (action) => {
    const shape: StructureShape = operations[action].output;

    fc.assert(
      fc.property(anyStructure(shape, answerText), (output) => {
        const { body } = query.encodeResult(action, output, "r");

        expect(outputIn(action, shape, String(body))).toEqual({ ...output });
      }),
    );
  });
});

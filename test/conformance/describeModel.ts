import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Key, keyOf, type Test, type Value, type Write } from "#table/table.ts";
import type { Fixture, Setup } from "./fixture.ts";
import { TableModel } from "./tableModel.ts";

type Step =
  | { readonly call: "write" | "get"; readonly write: Write }
  | { readonly call: "writeMany" | "transact" | "getMany"; readonly writes: readonly Write[] }
  | { readonly call: "query"; readonly from: string; readonly to: string; readonly down: boolean };

/** Few keys, names and values, so that writes meet. */
const key = fc.record({ pk: fc.constantFrom("p", "q"), sk: fc.constantFrom("a", "b", "é", "𝄞") });
const name = fc.constantFrom("n", "N", "s0", "x", "size");
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(0, 1, -5, Number.MAX_SAFE_INTEGER),
  fc.constantFrom("", "t", "token", "1", "\uffff", "𝄞"),
  fc.constantFrom(new Uint8Array(), Uint8Array.of(0), Uint8Array.of(0, 255)),
  // Two of them are more than SQLite's adapter lays into one row.
  fc.constantFrom(700, 800).map((byteCount) => new Uint8Array(byteCount).fill(byteCount % 256)),
);
const attributes = fc.dictionary(name, value, { maxKeys: 3 });
const test: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ attribute: name, is: fc.constantFrom("absent", "present") }),
  fc.record({ attribute: name, is: fc.constant("equal"), value }),
  fc.record({ attribute: name, is: fc.constant("prefixed"), value: fc.constantFrom("t", "tok") }),
  fc.record({
    attribute: name,
    is: fc.constant("above"),
    value: fc.constantFrom("", "1", "t", "to", "token", "\uffff", "𝄞"),
  }),
);
const when = fc.array(test, { maxLength: 2 });
const item = fc.tuple(key, attributes).map(([itsKey, rest]) => ({ ...rest, ...itsKey }));
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant("insert"), item }),
  fc.record({ kind: fc.constant("put"), item }),
  fc
    .record({
      kind: fc.constant("patch"),
      key,
      set: attributes,
      remove: fc.uniqueArray(name, { maxLength: 3 }),
      when,
    })
    .map((patch) => ({ ...patch, remove: patch.remove.filter((each) => !(each in patch.set)) })),
  fc.record({ kind: fc.constant("delete"), key, when }),
);
const writes = fc.uniqueArray(write, { maxLength: 6, selector: (each) => nameOf(keyOf(each)) });
const bound = fc.constantFrom("", "a", "b", "c", "é", "\u{10ffff}");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ call: fc.constant("write"), write }) },
  { weight: 4, arbitrary: fc.record({ call: fc.constant("writeMany"), writes }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant("transact"), writes }) },
  fc.record({ call: fc.constant("get"), write }),
  fc.record({ call: fc.constant("getMany"), writes }),
  fc.record({ call: fc.constant("query"), from: bound, to: bound, down: fc.boolean() }),
);

/** Any program of calls gives what the model gives. */
export function describeModel(setup: Setup): void {
  describe("any program", () => {
    it("has the outcomes of the model", { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (program) => {
          const fixture = setup();
          const model = new TableModel();
          for (const each of program) {
            const { got, expected } = await take(each, fixture, model);
            expect(got).toEqual(expected);
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

async function take(
  step: Step,
  { table, pk }: Fixture,
  model: TableModel,
): Promise<{ got: unknown; expected: unknown }> {
  switch (step.call) {
    case "write": {
      const write = within(pk, step.write);
      return { got: await table.write(write), expected: model.write(write) };
    }
    case "get": {
      const key = keyOf(within(pk, step.write));
      return { got: await table.get(key), expected: model.get(key) };
    }
    case "writeMany": {
      const writes = step.writes.map((each) => within(pk, each));
      const expected = writes.map((each) => model.write(each));
      return { got: await table.writeMany(writes), expected };
    }
    case "transact": {
      const writes = step.writes.map((each) => within(pk, each));
      return { got: await table.transact(writes), expected: model.transact(writes) };
    }
    case "getMany": {
      const keys = step.writes.map((each) => keyOf(within(pk, each)));
      return { got: await table.getMany(keys), expected: keys.map((each) => model.get(each)) };
    }
    case "query": {
      const query = { pk: `${pk} p`, from: step.from, to: step.to, descending: step.down };
      const { items } = await table.query({ ...query, limit: 100 });
      return { got: items, expected: model.query(query) };
    }
  }
}

/** The same write in partitions of this run alone. */
function within(pk: string, write: Write): Write {
  const moved = (key: Key) => ({ ...key, pk: `${pk} ${key.pk}` });
  return "item" in write
    ? { ...write, item: { ...write.item, ...moved(write.item) } }
    : { ...write, key: moved(write.key) };
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}

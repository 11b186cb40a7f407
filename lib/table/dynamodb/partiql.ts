import type { Condition, Delete, Insert, Key, Patch, Test, Value } from "#table/table.ts";

/** A write as one member of `BatchExecuteStatement`. */
export interface Statement {
  readonly Statement: string;
  readonly Parameters: Value[];
  readonly ReturnValuesOnConditionCheckFailure: "ALL_OLD";
}

const statementCharsMax = 8192;
const plainName = /^[\w-]+$/;

/**
 * The PartiQL statement that does what the write says, or `undefined` if PartiQL cannot say it: there
 * is no `UPDATE` that changes nothing, no statement of more than 8192 characters, and we quote only
 * plain names. Such a write goes through the action for a single item.
 *
 * Only words that every engine knows are used. `UPDATE` and `DELETE` return the item, because that is
 * how a delete of something shows itself from a delete of nothing: DynamoDB answers both alike.
 */
export function statementFor(write: Insert | Patch | Delete, table: string): Statement | undefined {
  const { text, values, names } = phrase(write, table);
  if (text === undefined || text.length > statementCharsMax) return undefined;
  if (!names.every((name) => plainName.test(name))) return undefined;
  return {
    Statement: text,
    Parameters: [...values],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

interface Phrase {
  readonly text: string | undefined;
  readonly values: readonly Value[];
  readonly names: readonly string[];
}

function phrase(write: Insert | Patch | Delete, table: string): Phrase {
  switch (write.kind) {
    case "insert": {
      const names = Object.keys(write.item);
      const pairs = names.map((name) => `'${name}': ?`).join(", ");
      const text = `INSERT INTO "${table}" VALUE {${pairs}}`;
      return { text, values: Object.values(write.item), names };
    }
    case "patch":
      return update(write, table);
    case "delete": {
      const { text, values, names } = where(write.key, write.when);
      return { text: `DELETE FROM "${table}" WHERE ${text} RETURNING ALL OLD *`, values, names };
    }
  }
}

function update({ key, set, remove = [], when }: Patch, table: string): Phrase {
  const condition = where(key, when);
  const sets = Object.keys(set).map((name) => `"${name}" = ?`);
  // `SET` takes a list; `REMOVE` takes one name and is repeated.
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(", ")}`] : []),
    ...remove.map((name) => `REMOVE "${name}"`),
  ];
  return {
    text:
      clauses.length > 0
        ? `UPDATE "${table}" ${clauses.join(" ")} WHERE ${condition.text} RETURNING ALL NEW *`
        : undefined,
    values: [...Object.values(set), ...condition.values],
    names: [...Object.keys(set), ...remove, ...condition.names],
  };
}

function where(key: Key, when: Condition): Phrase {
  const tests = when.map(testPhrase);
  return {
    text: [`"pk" = ? AND "sk" = ?`, ...tests.map(({ text }) => text)].join(" AND "),
    values: [key.pk, key.sk, ...tests.flatMap(({ values }) => values)],
    names: when.map(({ attribute }) => attribute),
  };
}

function testPhrase(test: Test): { text: string; values: readonly Value[] } {
  const name = `"${test.attribute}"`;
  switch (test.is) {
    case "absent":
      return { text: `${name} IS MISSING`, values: [] };
    case "present":
      return { text: `${name} IS NOT MISSING`, values: [] };
    case "equal":
      return { text: `${name} = ?`, values: [test.value] };
    case "prefixed":
      return { text: `begins_with(${name}, ?)`, values: [test.value] };
    case "above":
      return { text: `${name} > ?`, values: [test.value] };
  }
}

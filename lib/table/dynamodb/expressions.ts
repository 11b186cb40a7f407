import type { Attributes, Condition, Test, Value } from "#table/table.ts";

/** The parts of a request that carry an expression and what its placeholders stand for. */
export interface Expressions {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, Value>;
}

const exists = "attribute_exists(pk)";

/** Only where there is no item. */
export const insertExpressions: Expressions = {
  ConditionExpression: "attribute_not_exists(pk)",
};

/** Only where there is an item that meets the condition. */
export function deleteExpressions(when: Condition): Expressions {
  const words = new Words();
  return { ConditionExpression: existsAnd(when, words), ...words.placeholders() };
}

/** Sets and removes attributes, only where there is an item that meets the condition. */
export function patchExpressions(
  set: Attributes,
  remove: readonly string[],
  when: Condition,
): Expressions {
  const words = new Words();
  const sets = Object.entries(set).map(
    ([name, value]) => `${words.name(name)} = ${words.value(value)}`,
  );
  const removes = remove.map((name) => words.name(name));
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(", ")}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(", ")}`] : []),
  ];
  return {
    // `UpdateItem` creates what is missing unless it is told not to.
    ConditionExpression: existsAnd(when, words),
    ...(clauses.length > 0 ? { UpdateExpression: clauses.join(" ") } : {}),
    ...words.placeholders(),
  };
}

function existsAnd(when: Condition, words: Words): string {
  return [exists, ...when.map((test) => testExpression(test, words))].join(" AND ");
}

function testExpression(test: Test, words: Words): string {
  const name = words.name(test.attribute);
  switch (test.is) {
    case "absent":
      return `attribute_not_exists(${name})`;
    case "present":
      return `attribute_exists(${name})`;
    case "equal":
      return `${name} = ${words.value(test.value)}`;
    case "prefixed":
      return `begins_with(${name}, ${words.value(test.value)})`;
    case "above":
      return `${name} > ${words.value(test.value)}`;
  }
}

/** Gives each name and each value a placeholder: hundreds of plain names are reserved words. */
class Words {
  readonly #names = new Map<string, string>();
  readonly #values: Value[] = [];

  name(attribute: string): string {
    const placeholder = this.#names.get(attribute) ?? `#${this.#names.size}`;
    this.#names.set(attribute, placeholder);
    return placeholder;
  }

  value(value: Value): string {
    this.#values.push(value);
    return `:${this.#values.length - 1}`;
  }

  /** DynamoDB refuses an empty map of placeholders, so what is not used is left out. */
  placeholders(): Expressions {
    const names = [...this.#names].map(([attribute, placeholder]) => [placeholder, attribute]);
    const values = this.#values.map((value, index) => [`:${index}`, value] as const);
    return {
      ...(names.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(names) } : {}),
      ...(values.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(values) } : {}),
    };
  }
}

import {
  type Condition,
  type Item,
  type Key,
  keyOf,
  type Query,
  type Test,
  type TransactResult,
  type Value,
  type Write,
  type WriteResult,
} from "#table/table.ts";

/** The port in the fewest words: a map, and no time between asking and doing. */
export class TableModel {
  readonly #items = new Map<string, Item>();

  get(key: Key): Item | undefined {
    return this.#items.get(nameOf(key));
  }

  write(write: Write): WriteResult {
    const current = this.get(keyOf(write));
    if (!mayHappen(write, current)) return { outcome: "conditionFailed", current };
    const after = afterwards(write, current);
    if (after === undefined) this.#items.delete(nameOf(keyOf(write)));
    else this.#items.set(nameOf(after), after);
    return { outcome: "written", current: after };
  }

  transact(writes: readonly Write[]): TransactResult {
    const failures = writes.map((write) => {
      const current = this.get(keyOf(write));
      return mayHappen(write, current)
        ? ({ failed: false } as const)
        : ({ failed: true, current } as const);
    });
    if (failures.some(({ failed }) => failed)) return { outcome: "conditionFailed", failures };
    for (const write of writes) this.write(write);
    return { outcome: "written" };
  }

  /** Every item of the range, however many. */
  query({ pk, from, to, descending = false }: Omit<Query, "limit">): readonly Item[] {
    const found = [...this.#items.values()]
      .filter((item) => item.pk === pk && compare(from, item.sk) <= 0 && compare(item.sk, to) <= 0)
      .toSorted((left, right) => compare(left.sk, right.sk));
    return descending ? found.toReversed() : found;
  }
}

function mayHappen(write: Write, current: Item | undefined): boolean {
  switch (write.kind) {
    case "put":
      return true;
    case "insert":
      return current === undefined;
    case "patch":
    case "delete":
      return current !== undefined && holds(write.when, current);
  }
}

function afterwards(write: Write, current: Item | undefined): Item | undefined {
  switch (write.kind) {
    case "put":
    case "insert":
      return write.item;
    case "patch": {
      const kept = Object.entries(current ?? {}).filter(([name]) => !write.remove?.includes(name));
      return { ...Object.fromEntries(kept), ...write.set, ...write.key };
    }
    case "delete":
      return undefined;
  }
}

function holds(condition: Condition, item: Item): boolean {
  return condition.every((test) => passes(test, item[test.attribute]));
}

function passes(test: Test, value: Value | undefined): boolean {
  switch (test.is) {
    case "absent":
      return value === undefined;
    case "present":
      return value !== undefined;
    case "equal":
      return spelled(value) === spelled(test.value);
    case "prefixed":
      return typeof value === "string" && value.startsWith(test.value);
    case "above":
      return typeof value === "string" && compare(value, test.value) > 0;
  }
}

function spelled(value: Value | undefined): string {
  return `${typeof value} ${value}`;
}

function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function nameOf({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk]);
}

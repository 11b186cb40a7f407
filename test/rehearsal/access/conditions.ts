import { fieldsOf, textOf } from "../template/template.ts";
import type { Needed } from "./awsCall.ts";
import { matches } from "./pattern.ts";

/** What a statement says of a call beside its action and resource. */
export interface Condition {
  readonly key: ConditionKey;
  /** Whether the call may name none of the values, rather than one of them. */
  readonly isNegated: boolean;
  /** Patterns. */
  readonly values: readonly string[];
}

type ConditionKey = "dynamodb:LeadingKeys" | "kms:ViaService";

/** What IAM compares with each key. */
const contexts: Readonly<Record<ConditionKey, (needed: Needed) => readonly string[]>> = {
  "dynamodb:LeadingKeys": ({ leadingKeys = [] }) => leadingKeys,
  // A call that nobody makes on behalf of another has no such thing, and equals nothing.
  "kms:ViaService": ({ viaService = "" }) => [viaService],
};

/** Operators of IAM that compare every value of a call with those of a condition. */
const operators: Readonly<Record<string, { readonly isNegated: boolean }>> = {
  StringEquals: { isNegated: false },
  "ForAllValues:StringLike": { isNegated: false },
  "ForAllValues:StringNotLike": { isNegated: true },
};

/** The conditions of a statement. Throws for an operator or a key that this does not know. */
export function conditionsOf(condition: unknown): readonly Condition[] {
  if (condition === undefined) return [];
  return Object.entries(fieldsOf(condition, "a condition")).flatMap(([operator, tests]) =>
    Object.entries(fieldsOf(tests, operator)).map(([key, values]) => {
      const known = operators[operator];
      if (known === undefined || !isKnownKey(key)) {
        throw new Error(`expected a condition that the rehearsal knows, got ${operator} ${key}`);
      }
      const texts = [values].flat().map((value) => textOf(value, key));
      return { key, isNegated: known.isNegated, values: texts };
    }),
  );
}

/** Whether a condition lets a call through. */
export function holds({ key, isNegated, values }: Condition, needed: Needed): boolean {
  const isAmong = (given: string) => values.some((pattern) => matches(pattern, given));
  return contexts[key](needed).every((given) => isAmong(given) !== isNegated);
}

function isKnownKey(key: string): key is ConditionKey {
  return Object.hasOwn(contexts, key);
}

import { fieldsOf, listOf, textOf } from "../template/template.ts";
import type { Needed } from "./awsCall.ts";
import { type Condition, conditionsOf, holds } from "./conditions.ts";
import { matches } from "./pattern.ts";

/** One statement of a role's policies, resolved. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
}

/** The statements of a policy document. Throws for what it does not know of their conditions. */
export function statementsOf(document: unknown): readonly Statement[] {
  return listOf(fieldsOf(document, "a policy")["Statement"]).map((each) => {
    const statement = fieldsOf(each, "a statement");
    return {
      effect: statement["Effect"] === "Deny" ? "Deny" : "Allow",
      actions: textsOf(statement["Action"]),
      resources: textsOf(statement["Resource"] ?? "*"),
      conditions: conditionsOf(statement["Condition"]),
    };
  });
}

/** A right that a role has: an action of a statement, or what a condition of it lets in. */
export interface Right {
  readonly right: string;
  readonly statement: Statement;
}

export interface Comparison {
  /** What was called and would have been refused. */
  readonly missing: readonly Needed[];
  /** What may be called and was not. */
  readonly unused: readonly Right[];
}

/** Compares what a role may do with what was seen to be done under it. */
export function compare(statements: readonly Statement[], calls: readonly Needed[]): Comparison {
  const seen = distinct(calls);
  const allowing = statements.filter(({ effect }) => effect === "Allow");
  const denying = statements.filter(({ effect }) => effect === "Deny");
  const isPermitted = (needed: Needed) =>
    allowing.some((each) => permits(each, needed)) &&
    !denying.some((each) => permits(each, needed));
  const isUsed = (statement: Statement) => seen.some((each) => permits(statement, each));
  return {
    missing: seen.filter((needed) => !isPermitted(needed)),
    unused: allowing.flatMap((statement) =>
      partsOf(statement)
        .filter(({ part }) => !isUsed(part))
        .map(({ right }) => ({ right, statement })),
    ),
  };
}

/** A statement once for each of its actions, and for each pattern of partition keys that it lets in. */
function partsOf(statement: Statement): readonly { right: string; part: Statement }[] {
  const { actions, conditions } = statement;
  return [
    ...actions.map((action) => ({ right: action, part: { ...statement, actions: [action] } })),
    ...conditions.flatMap((condition) => {
      if (condition.key !== "dynamodb:LeadingKeys" || condition.isNegated) return [];
      return condition.values.map((value) => ({
        right: `${condition.key} ${value}`,
        part: {
          ...statement,
          conditions: conditions.map((each) =>
            each === condition ? { ...condition, values: [value] } : each,
          ),
        },
      }));
    }),
  ];
}

function permits({ actions, resources, conditions }: Statement, needed: Needed): boolean {
  return (
    actions.some((pattern) => matches(pattern, needed.action)) &&
    resources.some((pattern) => matches(pattern, needed.resource)) &&
    conditions.every((condition) => holds(condition, needed))
  );
}

/** Thousands of calls differ in nothing that IAM looks at. */
function distinct(calls: readonly Needed[]): readonly Needed[] {
  return [...new Map(calls.map((needed) => [JSON.stringify(needed), needed])).values()];
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((each) => textOf(each, "a part of a policy"));
}

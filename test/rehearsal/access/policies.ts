import { type Fields, fieldsOf, isFields, listOf, textOf } from "../template/template.ts";
import type { Needed } from "./awsCall.ts";

/** One statement of a role's policies, resolved. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Services of AWS that may use the right on behalf of the role, where nobody else may. */
  readonly viaService: string | undefined;
}

/** The statements of a policy document. */
export function statementsOf(document: unknown): readonly Statement[] {
  return listOf(fieldsOf(document, "a policy")["Statement"]).map((each) => {
    const statement = fieldsOf(each, "a statement");
    return {
      effect: statement["Effect"] === "Deny" ? "Deny" : "Allow",
      actions: textsOf(statement["Action"]),
      resources: textsOf(statement["Resource"] ?? "*"),
      viaService: viaServiceOf(statement["Condition"]),
    };
  });
}

/** A right that a role has, and one thing that it may be used for. */
export interface Right {
  readonly action: string;
  readonly statement: Statement;
}

export interface Comparison {
  /** What was called and would have been refused. */
  readonly missing: readonly Needed[];
  /** What may be called and was not. */
  readonly unused: readonly Right[];
}

/** Compares what a role may do with what was seen to be done under it. */
export function compare(statements: readonly Statement[], seen: readonly Needed[]): Comparison {
  const direct = statements.filter(({ viaService }) => viaService === undefined);
  const permits = ({ actions, resources }: Statement, { action, resource }: Needed) =>
    actions.some((pattern) => matches(pattern, action)) &&
    resources.some((pattern) => matches(pattern, resource));
  const allowing = direct.filter(({ effect }) => effect === "Allow");
  const denying = direct.filter(({ effect }) => effect === "Deny");
  const isPermitted = (needed: Needed) =>
    allowing.some((each) => permits(each, needed)) &&
    !denying.some((each) => permits(each, needed));
  return {
    missing: seen.filter((needed) => !isPermitted(needed)),
    unused: statements
      .filter(({ effect }) => effect === "Allow")
      .flatMap((statement) =>
        statement.actions
          .filter(
            (action) => !seen.some((each) => permits({ ...statement, actions: [action] }, each)),
          )
          .map((action) => ({ action, statement })),
      ),
  };
}

function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+^${}()|[\]\\?]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${expression}$`, "s").test(text);
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((each) => textOf(each, "a part of a policy"));
}

function viaServiceOf(condition: unknown): string | undefined {
  if (!isFields(condition)) return undefined;
  const found = Object.values(condition)
    .filter(isFields)
    .map((tests: Fields) => tests["kms:ViaService"])
    .find((value) => value !== undefined);
  return typeof found === "string" ? found : undefined;
}

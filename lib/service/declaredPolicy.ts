import { isNamePattern } from "#auth/namePattern.ts";
import type { Policy } from "#auth/policy.ts";
import { isGrantable } from "./accessKeyRequest.ts";

/** A policy as somebody declares it. Throws one error that names everything that is wrong with it. */
export function declaredPolicy({ actions, queues }: Policy): Policy {
  const named = actions.map((action) => action.replace(/^sqs:/i, ""));
  const problems = [
    ...wrong("an action", "* or an SQS action, no batch", named, isGrantable),
    ...wrong("a queue", "a name with * and ? as wildcards", queues, isNamePattern),
  ];
  if (problems.length > 0) throw new Error(problems.join("; "));
  return { actions: [...new Set(named)], queues: [...new Set(queues)] };
}

function wrong(
  what: string,
  expected: string,
  given: readonly string[],
  isFine: (each: string) => boolean,
): readonly string[] {
  if (given.length === 0) return [`expected ${what} to be named, got none`];
  return given
    .filter((each) => !isFine(each))
    .map((each) => `expected ${what} to be ${expected}, got ${each}`);
}

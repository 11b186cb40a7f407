import { type Config, type DynamodbStore, readConfig } from "#service/config.ts";
import { type Flag, variableOf } from "#service/flags.ts";
import type { Environment } from "#service/settings.ts";

/** The settings of a function: it serves a table, and nothing else will do. */
export interface FunctionConfig extends Config {
  readonly store: DynamodbStore;
}

/** What the variables that a function cannot do without are to name. */
const needs = {
  table: "the queue table",
  "kms-key": "the KMS key that guards the access keys",
} as const satisfies Partial<Record<Flag, string>>;

export type NeededSetting = keyof typeof needs;

/**
 * Reads an environment. Throws one error that names everything that is wrong with it. Every function
 * needs the table; some need more.
 */
export function readFunctionConfig(
  env: Environment,
  ...needed: readonly NeededSetting[]
): FunctionConfig {
  const problems = [...new Set(["table" as const, ...needed])]
    .filter((flag) => !env[variableOf(flag)])
    .map((flag) => `expected ${variableOf(flag)} to name ${needs[flag]}, got nothing`);
  const command = readConfig([], env);
  if (command.kind === "refused") problems.push(...command.problems);
  if (problems.length === 0 && command.kind === "start") {
    const { store } = command.config;
    if (store.kind === "dynamodb") return { ...command.config, store };
  }
  throw new Error(problems.join("; "));
}

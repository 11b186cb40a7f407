import assert from "node:assert/strict";
import type { BatchExecuteStatementCommandOutput } from "@aws-sdk/lib-dynamodb";
import type { Delete, Insert, Patch, WriteResult } from "#table/table.ts";
import { writeUnits } from "./consumed.ts";
import { itemOf } from "./documents.ts";
import { resultOfFailedCondition } from "./lostAnswer.ts";
import type { Statement } from "./partiql.ts";
import { passingCodes } from "./retry.ts";

/** What `BatchExecuteStatement` answers to one statement. */
type Answer = NonNullable<BatchExecuteStatementCommandOutput["Responses"]>[number];

/** A write that a statement can carry. */
export type Guarded = Insert | Patch | Delete;

/** A write on its way through `BatchExecuteStatement`. */
export interface Entry {
  readonly write: Guarded;
  readonly statement: Statement;
  /** Whether an earlier attempt may have been applied. */
  readonly wasSentAgain: boolean;
}

/** What one answer says about an entry. */
export type Verdict =
  | { readonly kind: "settled"; readonly result: WriteResult }
  /** The condition failed, and the engine does not show the item. */
  | { readonly kind: "lostUnseen" }
  | { readonly kind: "sendAgain"; readonly entry: Entry; readonly code: string }
  /** The engine cannot read the statement, or cannot do what it says. */
  | { readonly kind: "refusedStatement" };

/** Reads what `BatchExecuteStatement` answered to an entry. Throws on failures that will not pass. */
export function verdictOn(entry: Entry, answer: Answer | undefined): Verdict {
  assert(answer !== undefined, "expected an answer for every statement");
  const { Error: failure, Item } = answer;
  if (failure === undefined) return { kind: "settled", result: resultOf(entry.write, Item) };
  const code = failure.Code ?? "no code";
  if (code === "ConditionalCheckFailed" || code === "DuplicateItem") {
    const stored = failure.Item ?? Item;
    if (stored === undefined) return { kind: "lostUnseen" };
    const current = itemOf(stored);
    return {
      kind: "settled",
      result: resultOfFailedCondition(entry.write, current, entry.wasSentAgain),
    };
  }
  if (code === "ValidationError") return { kind: "refusedStatement" };
  if (passingCodes.has(code)) {
    // A fault of the server may have come after the write; the other refusals came before it.
    const wasSentAgain = entry.wasSentAgain || code === "InternalServerError";
    return { kind: "sendAgain", entry: { ...entry, wasSentAgain }, code };
  }
  throw new Error(`DynamoDB BatchExecuteStatement failed: ${code}: ${failure.Message}`);
}

function resultOf(write: Guarded, stored: Answer["Item"]): WriteResult {
  switch (write.kind) {
    case "insert":
      return { outcome: "written", current: write.item };
    case "patch":
      assert(stored !== undefined, "expected UPDATE to return the item");
      return { outcome: "written", current: itemOf(stored) };
    case "delete":
      // `DELETE` of nothing succeeds; only the returned item tells that there was something.
      return { outcome: stored === undefined ? "conditionFailed" : "written", current: undefined };
  }
}

/** What a batch cost, from the items that it stored and showed: at least this. */
export function estimatedUnits(entries: readonly Entry[], answers: readonly Answer[] = []): number {
  return entries.reduce((sum, { write }, index) => {
    const stored = answers[index]?.Item ?? answers[index]?.Error?.Item;
    return sum + writeUnits(write.kind === "insert" ? write.item : stored);
  }, 0);
}

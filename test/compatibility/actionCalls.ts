import { type SQS, SQSServiceException } from "@aws-sdk/client-sqs";
import type { TaskMeta } from "vitest";

/** Which actions a test called, as `build/conformance.ts` reads it from the report of a run. */
export interface CalledActions {
  /** The protocol and the table, such as `Query on SQLite in memory`. */
  readonly over: string;
  /** The actions that were answered at least once. */
  readonly answered: string[];
  /** Those that were refused at least once. */
  readonly refused: string[];
}

declare module "vitest" {
  interface TaskMeta {
    calledActions?: CalledActions;
  }
}

/** Writes down what becomes of the actions that a test calls, so that the report of the run shows it. */
export interface ActionCalls {
  note(outcome: "answered" | "refused", action: string): void;
  /** Writes down what a client asks for. */
  watch(client: SQS): void;
}

/** The calls of the test that `meta` belongs to, over a protocol and a table. */
export function actionCalls(meta: TaskMeta, over: string): ActionCalls {
  const called: CalledActions = { over, answered: [], refused: [] };
  meta.calledActions = called;
  const note: ActionCalls["note"] = (outcome, action) => {
    if (!called[outcome].includes(action)) called[outcome].push(action);
  };
  return {
    note,
    watch(client) {
      client.middlewareStack.add(
        (next, { commandName = "" }) =>
          async (request) => {
            const action = commandName.replace(/Command$/, "");
            try {
              const result = await next(request);
              note("answered", action);
              return result;
            } catch (error) {
              if (error instanceof SQSServiceException) note("refused", action);
              throw error;
            }
          },
        { step: "initialize" },
      );
    },
  };
}

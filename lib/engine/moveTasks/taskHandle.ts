import { invalidParameterValue } from "#contract/errors.ts";
import { parseJsonObject } from "../jsonText.ts";

/** What a task handle leads to. */
export interface TaskHandle {
  readonly taskId: string;
  readonly sourceArn: string;
}

/** Base64 of compact JSON, as SQS writes it (spec section 9.4). */
export function writeTaskHandle({ taskId, sourceArn }: TaskHandle): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");
}

/** Refuses what is no handle. Whether there is such a task is for the caller to find out. */
export function readTaskHandle(text: string): TaskHandle {
  const handle = parseJsonObject(Buffer.from(text, "base64").toString());
  const taskId = handle?.get("taskId");
  const sourceArn = handle?.get("sourceArn");
  if (typeof taskId !== "string" || typeof sourceArn !== "string") {
    throw invalidParameterValue("Value for parameter TaskHandle is invalid.");
  }
  return { taskId, sourceArn };
}

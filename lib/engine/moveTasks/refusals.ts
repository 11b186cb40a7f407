import { invalidParameterValue, SqsError } from "#contract/errors.ts";
import {
  activeMoveTasksMax,
  moveTaskMessagesPerSecond,
  moveTaskResults,
  type Range,
  within,
} from "#contract/limits.ts";

/** The parameters of the move task actions that name a queue. What follows is in spec section 9.4. */
export type ArnParameter = "SourceArn" | "DestinationArn";

/** The text given is no ARN. */
export function arnMalformed(parameter: ArnParameter): SqsError {
  return invalidParameterValue(
    `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
  );
}

/** There is no such queue, or it is somebody else's. */
export function arnNotFound(parameter: ArnParameter): SqsError {
  return new SqsError(
    "ResourceNotFoundException",
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
}

/** No queue's redrive policy names the source. */
export function notADeadLetterQueue(): SqsError {
  return invalidParameterValue("Source queue must be configured as a Dead Letter Queue.");
}

/** The destination is the source. */
export function sameQueue(): SqsError {
  return invalidParameterValue("Source queue arn and destination queue arn cannot be the same.");
}

/** One is a FIFO queue, the other is not. */
export function differentTypes(): SqsError {
  return invalidParameterValue(
    "The source queue and destination queue must be of the same queue type.",
  );
}

/** The source has an active task. */
export function alreadyRunning(): SqsError {
  return invalidParameterValue(
    "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
  );
}

/** The account has as many active tasks as it may. How SQS words this is not known. */
export function tooManyActive(): SqsError {
  return new SqsError(
    "OverLimit",
    `The maximum number of active message move tasks, ${activeMoveTasksMax}, has been reached.`,
  );
}

/** The source exists and never had a task of that id, or no longer knows of it. */
export function noSuchTask(): SqsError {
  return new SqsError("ResourceNotFoundException", "Task does not exist.");
}

/** The task has ended, or was asked to before. */
export function notActive(): SqsError {
  return invalidParameterValue("Only active tasks can be cancelled.");
}

/** `MaxNumberOfMessagesPerSecond` of StartMessageMoveTask. */
export function checkMessagesPerSecond(value: number | undefined): number | undefined {
  return checkNumber("MaxNumberOfMessagesPerSecond", value, moveTaskMessagesPerSecond);
}

/** `MaxResults` of ListMessageMoveTasks, one when it is absent. */
export function checkTaskResults(value: number | undefined): number {
  return checkNumber("MaxResults", value ?? moveTaskResults.min, moveTaskResults);
}

function checkNumber<Value extends number | undefined>(
  name: string,
  value: Value,
  range: Range,
): Value {
  if (value === undefined || within(range, value)) return value;
  throw invalidParameterValue(
    `Value for parameter ${name} is invalid. Reason: You must enter a number that's between ${range.min} and ${range.max}.`,
  );
}

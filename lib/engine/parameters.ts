import { invalidParameter, missingParameter, type SqsError } from "#contract/errors.ts";
import {
  delaySeconds,
  numberOfMessages,
  type Range,
  visibilityTimeoutSeconds,
  waitTimeSeconds,
  within,
} from "#contract/limits.ts";

const numberOfMessagesDefault = numberOfMessages.min;

/** Absence passes every check below but one: only the caller knows the queue's own value. */
type Given = number | undefined;

function check<Value extends Given>(
  value: Value,
  { name, range, reason }: { name: string; range: Range; reason: string },
): Value {
  if (value !== undefined && !within(range, value)) throw invalidParameter(name, value, reason);
  return value;
}

/** `DelaySeconds` of a message or of an entry (spec section 6.2, row 8). */
export function checkDelaySeconds<Value extends Given>(value: Value): Value {
  return check(value, {
    name: "DelaySeconds",
    range: delaySeconds,
    reason: "DelaySeconds must be >= 0 and <= 900.",
  });
}

/** The refusal of a delay above zero on a FIFO queue (spec section 6.2, row 9). */
export function delayNotValidHere(value: number): SqsError {
  return invalidParameter(
    "DelaySeconds",
    value,
    "The request include parameter that is not valid for this queue type.",
  );
}

/** `MaxNumberOfMessages` of a receive, one when it is absent (spec section 6.4). */
export function checkMaxNumberOfMessages(value: number | undefined): number {
  return check(value ?? numberOfMessagesDefault, {
    name: "MaxNumberOfMessages",
    range: numberOfMessages,
    reason: "Must be between 1 and 10, if provided.",
  });
}

/** `WaitTimeSeconds` of a receive (spec section 6.4). */
export function checkWaitTimeSeconds<Value extends Given>(value: Value): Value {
  return check(value, {
    name: "WaitTimeSeconds",
    range: waitTimeSeconds,
    reason: "Must be >= 0 and <= 20, if provided.",
  });
}

/** `VisibilityTimeout` of a receive (spec section 6.4). */
export function checkReceiveVisibilityTimeout<Value extends Given>(value: Value): Value {
  return check(value, {
    name: "VisibilityTimeout",
    range: visibilityTimeoutSeconds,
    reason: "Must be >= 0 and <= 43200, if provided.",
  });
}

/** `VisibilityTimeout` of ChangeMessageVisibility, which must be there (spec section 6.6). */
export function checkChangeVisibilityTimeout(value: number | undefined): number {
  if (value === undefined) throw missingParameter("VisibilityTimeout");
  return check(value, {
    name: "VisibilityTimeout",
    range: visibilityTimeoutSeconds,
    reason: "Must be between 0 and 43200.",
  });
}

/** The same in an entry of a batch, which is told in other words (spec section 6.3). */
export function checkEntryVisibilityTimeout(value: number | undefined, position: number): number {
  if (value === undefined) {
    throw missingParameter(
      `ChangeMessageVisibilityBatchRequestEntry.${position}.VisibilityTimeout`,
    );
  }
  return check(value, {
    name: "VisibilityTimeout",
    range: visibilityTimeoutSeconds,
    reason: "VisibilityTimeout must be an integer between 0 and 43200.",
  });
}

/** The refusal of a timeout that would end over twelve hours after the receive (spec section 6.6). */
export function totalVisibilityBeyondLimit(value: number): SqsError {
  return invalidParameter(
    "VisibilityTimeout",
    value,
    "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
  );
}

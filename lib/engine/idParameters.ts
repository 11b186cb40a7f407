import {
  invalidParameter,
  invalidParameterValue,
  missingParameter,
  type SqsError,
} from "#contract/errors.ts";

// Letters, digits and ASCII punctuation are all that prints in ASCII, the space left out.
const idPattern = /^[!-~]{1,128}$/;

function check(name: string, value: string): string {
  if (idPattern.test(value)) return value;
  throw invalidParameter(
    name,
    value,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

/** A message group id that was given, on either type of queue (spec section 6.2, row 4). */
export function checkGroupId(value: string): string {
  return check("MessageGroupId", value);
}

/** A deduplication id that was given to a FIFO queue (spec section 6.2, row 6). */
export function checkDeduplicationId(value: string): string {
  return check("MessageDeduplicationId", value);
}

/** A receive request attempt id that was given to a FIFO queue (spec section 7.6). */
export function checkReceiveRequestAttemptId(value: string): string {
  return check("ReceiveRequestAttemptId", value);
}

/** A send to a FIFO queue names a group (spec section 6.2, row 3). */
export function groupIdMissing(): SqsError {
  return missingParameter("MessageGroupId");
}

/** The same in a batch, which fails as a whole and with another code (spec section 6.3, row 8). */
export function groupIdMissingInBatch(): SqsError {
  return invalidParameterValue("The request must contain the parameter MessageGroupId.");
}

/** No id was given and bodies do not count as one. A batch fails as a whole (spec section 6.2, row 7). */
export function deduplicationIdMissing(): SqsError {
  return invalidParameterValue(
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}

/** A standard queue takes no deduplication id (spec section 6.2, row 5). */
export function deduplicationIdNotValidHere(value: string): SqsError {
  return invalidParameter(
    "MessageDeduplicationId",
    value,
    "The request include parameter that is not valid for this queue type.",
  );
}

/** The same of one entry of a batch, in fewer words and without a full stop (spec section 6.3). */
export function deduplicationIdNotValidInEntry(): SqsError {
  return invalidParameterValue(
    "The request include parameter that is not valid for this queue type",
  );
}

import { SQSServiceException } from "@aws-sdk/client-sqs";

/** How a call was refused, on the wire and as the client reads it. */
export interface Refusal {
  /** The `__type` of the answer; in the Query protocol that which belongs to its code. */
  readonly type: string;
  /** What the client takes out of `x-amzn-query-error`, or of the XML. */
  readonly code: string;
  readonly fault: string;
  readonly status: number;
  readonly message: string;
}

/**
 * How sure the specification is of a rule: seen at AWS (V), stated by AWS (D), or neither. A row that
 * is unconfirmed, or whose text is, holds what Millrace does; it is no law, and may change.
 */
export type Mark = "V" | "D" | "text unconfirmed" | "unconfirmed";

const service = "com.amazonaws.sqs#";
const framework = "com.amazon.coral.service#";
const prefix = "AWS.SimpleQueueService.";

/** Spec section 1.6, once more and by hand: namespace, code and status of each error. */
const errors = {
  BatchEntryIdsNotDistinct: [service, `${prefix}BatchEntryIdsNotDistinct`, 400],
  BatchRequestTooLong: [service, `${prefix}BatchRequestTooLong`, 400],
  EmptyBatchRequest: [service, `${prefix}EmptyBatchRequest`, 400],
  InvalidBatchEntryId: [service, `${prefix}InvalidBatchEntryId`, 400],
  TooManyEntriesInBatchRequest: [service, `${prefix}TooManyEntriesInBatchRequest`, 400],
  PurgeQueueInProgress: [service, `${prefix}PurgeQueueInProgress`, 403],
  QueueDeletedRecently: [service, `${prefix}QueueDeletedRecently`, 400],
  QueueDoesNotExist: [service, `${prefix}NonExistentQueue`, 400],
  QueueNameExists: [service, "QueueAlreadyExists", 400],
  UnsupportedOperation: [service, `${prefix}UnsupportedOperation`, 400],
  InvalidAttributeName: [service, "InvalidAttributeName", 400],
  InvalidAttributeValue: [service, "InvalidAttributeValue", 400],
  InvalidMessageContents: [service, "InvalidMessageContents", 400],
  OverLimit: [service, "OverLimit", 403],
  ReceiptHandleIsInvalid: [service, "ReceiptHandleIsInvalid", 404],
  ResourceNotFoundException: [service, "ResourceNotFoundException", 404],
  InvalidParameterValueException: [framework, "InvalidParameterValue", 400],
  MissingRequiredParameterException: [framework, "MissingParameter", 400],
  UnknownOperationException: [framework, "InvalidAction", 400],
  SerializationException: [framework, "MalformedInput", 400],
} as const;

export type ErrorShape = keyof typeof errors;

/** The refusal that spec section 1.6 gives to an error of that shape. */
export function refused(shape: ErrorShape, message: string): Refusal {
  const [namespace, code, status] = errors[shape];
  return { type: `${namespace}${shape}`, code, fault: "Sender", status, message };
}

export const noSuchQueue = refused("QueueDoesNotExist", "The specified queue does not exist.");

export function missing(parameter: string): Refusal {
  return refused(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${parameter}.`,
  );
}

export function invalid(message: string): Refusal {
  return refused("InvalidParameterValueException", message);
}

/** The usual sentence about one parameter. */
export function invalidValue(parameter: string, value: string | number, reason: string): Refusal {
  return invalid(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

/** How the client's call fails; throws if it does not. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  let result: unknown;
  try {
    result = await call;
  } catch (error) {
    if (error instanceof SQSServiceException) return readRefusal(error);
    throw error;
  }
  throw new Error(`expected a refusal, got ${JSON.stringify(result)}`);
}

function readRefusal(error: SQSServiceException): Refusal {
  const status = error.$metadata.httpStatusCode ?? 0;
  const header: unknown = error.$response?.headers["x-amzn-query-error"];
  if (header === undefined && "Error" in error) return { ...readXmlRefusal(error.Error), status };
  const [code = "", fault = ""] = String(header).split(";");
  const type = "__type" in error ? String(error.__type) : "";
  return { type, code, fault, status, message: error.message };
}

/** As JSON would have said it: of all texts, one is older in the Query protocol (spec section 1.5). */
function readXmlRefusal(error: unknown): Omit<Refusal, "status"> {
  const code = memberOf(error, "Code");
  const [shape, [namespace]] = Object.entries(errors).find(([, [, each]]) => each === code) ?? [
    "",
    [""],
  ];
  const message = memberOf(error, "Message").replace(" for this wsdl version.", ".");
  return { type: `${namespace}${shape}`, code, fault: memberOf(error, "Type"), message };
}

function memberOf(value: unknown, name: string): string {
  return typeof value === "object" && value !== null ? String(Reflect.get(value, name)) : "";
}

/** Who is to blame, as SQS says it: the caller or the service. */
export type Fault = "Sender" | "Receiver";

interface ErrorShape {
  /** The namespace of the JSON `__type`: the service's own errors, or its framework's. */
  readonly namespace: "com.amazonaws.sqs" | "com.amazon.coral.service";
  /** The code of the Query protocol, which is also the first half of `x-amzn-query-error`. */
  readonly queryCode: string;
  readonly status: number;
  readonly fault: Fault;
}

const service = (queryCode: string, status = 400): ErrorShape => ({
  namespace: "com.amazonaws.sqs",
  queryCode,
  status,
  fault: "Sender",
});

const framework = (queryCode: string, status = 400, fault: Fault = "Sender"): ErrorShape => ({
  namespace: "com.amazon.coral.service",
  queryCode,
  status,
  fault,
});

const prefixed = (name: string): string => `AWS.SimpleQueueService.${name}`;

/**
 * Every error that SQS answers, by the shape name its JSON protocol uses, with its code and status.
 * Source: spec section 1.6.
 */
export const sqsErrors = {
  BatchEntryIdsNotDistinct: service(prefixed("BatchEntryIdsNotDistinct")),
  BatchRequestTooLong: service(prefixed("BatchRequestTooLong")),
  EmptyBatchRequest: service(prefixed("EmptyBatchRequest")),
  InvalidBatchEntryId: service(prefixed("InvalidBatchEntryId")),
  TooManyEntriesInBatchRequest: service(prefixed("TooManyEntriesInBatchRequest")),
  PurgeQueueInProgress: service(prefixed("PurgeQueueInProgress"), 403),
  QueueDeletedRecently: service(prefixed("QueueDeletedRecently")),
  QueueDoesNotExist: service(prefixed("NonExistentQueue")),
  QueueNameExists: service("QueueAlreadyExists"),
  UnsupportedOperation: service(prefixed("UnsupportedOperation")),
  InvalidAttributeName: service("InvalidAttributeName"),
  InvalidAttributeValue: service("InvalidAttributeValue"),
  InvalidMessageContents: service("InvalidMessageContents"),
  OverLimit: service("OverLimit", 403),
  ReceiptHandleIsInvalid: service("ReceiptHandleIsInvalid", 404),
  ResourceNotFoundException: service("ResourceNotFoundException", 404),
  RequestThrottled: service("RequestThrottled", 403),
  InvalidSecurity: service("InvalidSecurity", 403),
  InvalidParameterValueException: framework("InvalidParameterValue"),
  MissingRequiredParameterException: framework("MissingParameter"),
  UnknownOperationException: framework("InvalidAction"),
  SerializationException: framework("MalformedInput"),
  AccessDeniedException: framework("AccessDenied", 403),
  UnrecognizedClientException: framework("InvalidClientTokenId", 403),
  InvalidSignatureException: framework("SignatureDoesNotMatch", 403),
  IncompleteSignatureException: framework("IncompleteSignature"),
  ExpiredTokenException: framework("ExpiredToken", 403),
  RequestExpired: framework("RequestExpired"),
  InternalFailure: framework("InternalFailure", 500, "Receiver"),
  ServiceUnavailableException: framework("ServiceUnavailable", 503, "Receiver"),
} as const satisfies Record<string, ErrorShape>;

export type SqsErrorName = keyof typeof sqsErrors;

/**
 * A message quotes what it refuses, and that may be megabytes, which XML would make several times as
 * long. The longest text that means something is a policy.
 */
const messageCharactersMax = 10_000;

function shortened(message: string): string {
  if (message.length <= messageCharactersMax) return message;
  return `${message.slice(0, messageCharactersMax).toWellFormed()}…`;
}

/** An answer that SQS would give instead of a result. A codec renders it from `sqsErrors`. */
export class SqsError extends Error {
  override readonly name = "SqsError";
  readonly error: SqsErrorName;

  constructor(error: SqsErrorName, message: string, options?: ErrorOptions) {
    super(shortened(message), options);
    this.error = error;
  }

  /** The Query code, as it stands in the `Failed` elements of a batch. */
  get queryCode(): string {
    return sqsErrors[this.error].queryCode;
  }
}

/** `InvalidParameterValue` with SQS's usual sentence about one parameter. */
export function invalidParameter(name: string, value: string | number, reason: string): SqsError {
  return invalidParameterValue(
    `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
  );
}

/** `InvalidParameterValue` with a text of its own. */
export function invalidParameterValue(message: string): SqsError {
  return new SqsError("InvalidParameterValueException", message);
}

export function missingParameter(name: string): SqsError {
  return new SqsError(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${name}.`,
  );
}

/** The Query protocol renders this one with its own older text (spec section 1.5). */
export function queueDoesNotExist(): SqsError {
  return new SqsError("QueueDoesNotExist", "The specified queue does not exist.");
}

export function unknownAttribute(name: string): SqsError {
  return new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

export function invalidAttributeValue(name: string, reason?: string): SqsError {
  const suffix = reason === undefined ? "" : ` Reason: ${reason}`;
  return new SqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.${suffix}`);
}

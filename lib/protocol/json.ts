import { SqsError, sqsErrors } from "#contract/errors.ts";
import {
  type ActionName,
  type Input,
  isActionName,
  type Output,
  operations,
} from "#contract/operations.ts";
import type { Call, Codec } from "./codec.ts";
import { type HttpRequest, type HttpResponse, headerOf } from "./http.ts";
import { parsedObject } from "./jsonBody.ts";
import { type Reader, readerOf, type Writer, writerOf } from "./jsonShape.ts";

/**
 * AWS JSON 1.0, query compatible (spec sections 1.2, 1.3, 1.5 and 1.6).
 *
 *   POST <any path>                          200
 *   X-Amz-Target: AmazonSQS.<Action>         x-amzn-RequestId: <uuid>
 *   Content-Type: application/x-amz-json-1.0 Content-Type: application/x-amz-json-1.0
 *
 *   { <input> }                              { <output> }, or nothing if the action has no output
 *
 *                                            <status of the error>
 *                                            x-amzn-query-error: <Query code>;<Sender or Receiver>
 *
 *                                            {"__type":"<namespace>#<name>","message":"…"}
 */
export const json: Codec = {
  recognises: (request) =>
    targetOf(request).startsWith(targetPrefix) ||
    headerOf(request, "content-type")?.toLowerCase().startsWith(contentType) === true,
  decode,
  encodeResult,
  encodeError,
};

const contentType = "application/x-amz-json-1.0";
const targetPrefix = "AmazonSQS.";
const actions = Object.keys(operations).filter(isActionName);

/** What a target means. Found in one look, as every request is asked. */
const routes: ReadonlyMap<string, { readonly action: ActionName; readonly read: Reader }> = new Map(
  actions.map((action) => [
    `${targetPrefix}${action}`,
    { action, read: readerOf(operations[action].input) },
  ]),
);

/** Of the actions that have an output; the others answer with no body at all. */
const writers: ReadonlyMap<ActionName, Writer> = new Map(
  actions
    .filter((action) => Object.keys(operations[action].output.members).length > 0)
    .map((action) => [action, writerOf(operations[action].output)]),
);

function targetOf(request: HttpRequest): string {
  return headerOf(request, "x-amz-target") ?? "";
}

function decode(request: HttpRequest): Call {
  const target = targetOf(request);
  const route = routes.get(target);
  if (route === undefined) throw unknownOperation(target);
  const { action, read } = route;
  // The reader was made from the very shape that the type is made from.
  const input = read(parsedObject(request.body)) as Input<ActionName>;
  return { action, input };
}

function unknownOperation(target: string): SqsError {
  const name = target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : "";
  return new SqsError(
    "UnknownOperationException",
    name === ""
      ? "Expected the header X-Amz-Target to name an action, as in AmazonSQS.SendMessage."
      : `The action ${name} is not valid for this endpoint.`,
  );
}

function encodeResult(
  action: ActionName,
  output: Output<ActionName>,
  requestId: string,
): HttpResponse {
  const write = writers.get(action);
  return {
    status: 200,
    headers: { "x-amzn-RequestId": requestId, "Content-Type": contentType },
    body: write === undefined ? "" : JSON.stringify(write(output)),
  };
}

function encodeError(error: SqsError, requestId: string): HttpResponse {
  const { namespace, queryCode, fault, status } = sqsErrors[error.error];
  return {
    status,
    headers: {
      "x-amzn-RequestId": requestId,
      "Content-Type": contentType,
      "x-amzn-query-error": `${queryCode};${fault}`,
    },
    body: JSON.stringify({ __type: `${namespace}#${error.error}`, message: error.message }),
  };
}

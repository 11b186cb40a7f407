import { missingParameter, SqsError, sqsErrors } from "#contract/errors.ts";
import {
  type ActionName,
  type Input,
  isActionName,
  type Output,
  operations,
} from "#contract/operations.ts";
import type { Call, Codec } from "./codec.ts";
import { formText, readForm, valueAt } from "./form.ts";
import { type HttpRequest, type HttpResponse, headerOf } from "./http.ts";
import { type FormReader, formReaderOf } from "./queryInput.ts";
import { type XmlWriter, xmlWriterOf } from "./queryOutput.ts";
import { writeXml, type XmlElements } from "./xml.ts";

/**
 * The Query protocol, which SDKs spoke until late 2023 (spec sections 1.1, 1.2 and 1.4 to 1.6).
 *
 *   POST / or /<account>/<queue>                      200
 *   Content-Type: application/x-www-form-urlencoded   x-amzn-RequestId: <uuid>
 *                                                     Content-Type: text/xml
 *   Action=<Action>&<parameters>
 *                                                     <{Action}Response><{Action}Result>…
 *   GET /<account>/<queue>?Action=<Action>&…
 *                                                     <status of the error>
 *
 *                                                     <ErrorResponse><Error>…
 *
 * Parameters that no action has are left out, those of a signature among them. `Version` is one: every
 * version is answered like the latest.
 */
export const query: Codec = { recognises, decode, encodeResult, encodeError };

const formType = "application/x-www-form-urlencoded";
const namespace = "http://queue.amazonaws.com/doc/2012-11-05/";

const actions = Object.keys(operations).filter(isActionName);

const routes: ReadonlyMap<string, { readonly action: ActionName; readonly read: FormReader }> =
  new Map(
    actions.map((action) => [
      action,
      { action, read: formReaderOf(action, operations[action].input) },
    ]),
  );

/** Of the actions that have an output; the others answer with no result element at all. */
const writers: ReadonlyMap<ActionName, XmlWriter> = new Map(
  actions
    .filter((action) => Object.keys(operations[action].output.members).length > 0)
    .map((action) => [action, xmlWriterOf(action, operations[action].output)]),
);

/** What names no action is nobody's, and `/v1` is another protocol's whatever it names. */
function recognises(request: HttpRequest): boolean {
  if (request.method !== "POST" && request.method !== "GET") return false;
  if (/^\/v1(?:\/|$)/.test(request.path)) return false;
  return /(?:^|&)Action=/.test(request.query) || (isForm(request) && bodyNamesAction(request));
}

function isForm(request: HttpRequest): boolean {
  return headerOf(request, "content-type")?.toLowerCase().startsWith(formType) === true;
}

/** Looks at the bytes: nearly all clients send the action first. */
function bodyNamesAction({ body }: HttpRequest): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.toString("latin1", 0, 7) === "Action=" || bytes.includes("&Action=");
}

const queuePath = /^\/\d{12}\/[\w.-]+\/?$/;
const notOfAQueue: ReadonlySet<string> = new Set(["CreateQueue", "ListQueues"]);

function decode(request: HttpRequest): Call {
  const isOfAQueue = queuePath.test(request.path);
  const form = readForm([
    // A parameter that comes later goes before the path.
    isOfAQueue ? `QueueUrl=${request.path}` : "",
    request.query,
    isForm(request) ? formText(request.body) : "",
  ]);
  const name = valueAt(form, "Action") ?? "";
  const route = routes.get(name);
  if (route === undefined || (isOfAQueue && notOfAQueue.has(name))) {
    throw new SqsError(
      "UnknownOperationException",
      `The action ${name} is not valid for this endpoint.`,
    );
  }
  const { action, read } = route;
  // The reader was made from the very shape that the type is made from.
  const input = read(form) as Input<ActionName>;
  return { action, input };
}

function encodeResult(
  action: ActionName,
  output: Output<ActionName>,
  requestId: string,
): HttpResponse {
  const write = writers.get(action);
  return answer(200, requestId, `${action}Response`, {
    ...(write === undefined ? undefined : { [`${action}Result`]: write(output) }),
    ResponseMetadata: { RequestId: requestId },
  });
}

/** Some things this protocol has always said in words of its own (spec sections 1.5 and 3.6). */
function textOf({ error, message }: SqsError): string {
  if (error === "QueueDoesNotExist") {
    return "The specified queue does not exist for this wsdl version.";
  }
  return message === missingActions ? missingParameter("ActionName").message : message;
}

const missingActions = missingParameter("Actions").message;

function encodeError(error: SqsError, requestId: string): HttpResponse {
  const { queryCode, fault, status } = sqsErrors[error.error];
  return answer(status, requestId, "ErrorResponse", {
    Error: {
      Type: fault,
      Code: queryCode,
      Message: textOf(error),
      Detail: "",
    },
    RequestId: requestId,
  });
}

function answer(
  status: number,
  requestId: string,
  root: string,
  elements: XmlElements,
): HttpResponse {
  return {
    status,
    headers: { "x-amzn-RequestId": requestId, "Content-Type": "text/xml" },
    body: writeXml(root, namespace, elements),
  };
}

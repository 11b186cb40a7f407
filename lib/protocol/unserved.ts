import { type HttpRequest, type HttpResponse, headerOf } from "./http.ts";

const headOf = (requestId: string) => ({
  "x-amzn-RequestId": requestId,
  "Content-Type": "text/xml",
});

/**
 * The answer to a request that no codec recognises. One that names an `Action` speaks the Query
 * protocol, which is not served yet, and is told so in that protocol's own error form; anything else
 * gets the bare 404 that SQS gives (spec section 1.4).
 */
export function answerUnserved(request: HttpRequest, requestId: string): HttpResponse {
  const headers = headOf(requestId);
  if (!namesAction(request)) {
    return { status: 404, headers, body: "<UnknownOperationException/>" };
  }
  return { status: 400, headers, body: invalidAction(requestId) };
}

function namesAction(request: HttpRequest): boolean {
  if (action.test(request.query)) return true;
  const type = headerOf(request, "content-type")?.toLowerCase();
  if (type?.startsWith("application/x-www-form-urlencoded") !== true) return false;
  const { buffer, byteOffset, byteLength } = request.body;
  return action.test(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"));
}

const action = /(?:^|&)Action=/;

const invalidAction = (requestId: string): string =>
  '<?xml version="1.0"?>' +
  '<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
  "<Error><Type>Sender</Type><Code>InvalidAction</Code>" +
  "<Message>The Query protocol is not served here. Use AWS JSON 1.0, with the header X-Amz-Target.</Message>" +
  `<Detail/></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;

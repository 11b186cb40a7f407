import { Readable } from "node:stream";
import { SQS, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { type HttpRequest, HttpResponse } from "@smithy/core/transport";
import type { Context } from "aws-lambda";
import { functionUrlEvent } from "./functionUrlEvent.ts";
import { aLambdaContext } from "./lambdaContext.ts";

/** What a function URL invokes. */
export type FunctionUrl = (
  event: unknown,
  context: Context,
) => Promise<{
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}>;

/** Lambda's bound on what a function answers, as JSON. */
const answerBytesMax = 6 * 1024 * 1024;

/** AWS's client, unchanged, whose requests a handler gets as the events of its function URL. */
export function functionUrlClient(handler: FunctionUrl, config: SQSClientConfig): SQS {
  return new SQS({
    region: "us-east-1",
    endpoint: "https://abc123.lambda-url.us-east-1.on.aws",
    maxAttempts: 1,
    ...config,
    requestHandler: {
      async handle(request: HttpRequest) {
        const { method, path, headers, body } = request;
        const event = functionUrlEvent({ method, path, headers, body });
        const answer = await handler(event, aLambdaContext());
        if (Buffer.byteLength(JSON.stringify(answer)) > answerBytesMax) {
          // As Lambda answers for a function that has answered too much.
          return { response: new HttpResponse({ statusCode: 502, headers: {} }) };
        }
        const encoding = answer.isBase64Encoded ? "base64" : "utf8";
        return {
          response: new HttpResponse({
            statusCode: answer.statusCode,
            headers: Object.fromEntries(
              Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value]),
            ),
            body: Readable.from([Buffer.from(answer.body, encoding)]),
          }),
        };
      },
    },
  });
}

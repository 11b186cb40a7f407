import { InvokeCommand, type LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import type { Worker, WorkerAnswer } from "#poll/worker.ts";

/** Errors by which Lambda says that it did not run the function now, and may do so later. */
const notTried: ReadonlySet<string> = new Set([
  "EC2ThrottledException",
  "ENILimitReachedException",
  "ResourceNotReadyException",
  "SnapStartNotReadyException",
  "SubnetIPAddressLimitReachedException",
  "TooManyRequestsException",
]);

/** Errors of those who run the queue, not of its messages: no message is to suffer for them. */
const notReachable: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "ResourceConflictException",
  "ResourceNotFoundException",
  "UnrecognizedClientException",
]);

export interface LambdaWorkerOptions {
  readonly client: Pick<LambdaClient, "send">;
  readonly functionName: string;
  readonly onUnreachable: (error: unknown) => void;
}

/** A Lambda function that is invoked with each batch, and waited for. */
export function lambdaWorker(options: LambdaWorkerOptions): Worker {
  const { client, functionName } = options;
  return {
    async invoke(event, signal) {
      const command = new InvokeCommand({
        FunctionName: functionName,
        InvocationType: "RequestResponse",
        Payload: Buffer.from(event),
      });
      try {
        const { FunctionError, Payload } = await client.send(command, { abortSignal: signal });
        // What the function says of its error may hold what it was given.
        if (FunctionError !== undefined) return { kind: "failed", reason: FunctionError };
        return { kind: "succeeded", payload: Payload?.transformToString() ?? "" };
      } catch (error) {
        return answerTo(error, options);
      }
    },
  };
}

function answerTo(error: unknown, { onUnreachable }: LambdaWorkerOptions): WorkerAnswer {
  if (isRefusedConnection(error)) {
    onUnreachable(error);
    return { kind: "throttled" };
  }
  // Once the request was on its way, the function may have been run.
  if (!(error instanceof LambdaServiceException)) return { kind: "lost", reason: nameOf(error) };
  if (notTried.has(error.name) || error.$metadata.httpStatusCode === 429) {
    const seconds = "retryAfterSeconds" in error ? Number(error.retryAfterSeconds) : Number.NaN;
    return { kind: "throttled", ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
  }
  if (notReachable.has(error.name)) {
    onUnreachable(error);
    return { kind: "throttled" };
  }
  const isFault = (error.$metadata.httpStatusCode ?? 500) >= 500;
  return { kind: isFault ? "lost" : "failed", reason: error.name };
}

function isRefusedConnection(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}

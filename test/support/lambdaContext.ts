import type { Context } from "aws-lambda";

/** What Lambda tells a function of an invocation with so much time left. */
export function aLambdaContext(leftMs = 30_000): Context {
  const endsAtMs = Date.now() + leftMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: "millrace-test",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:millrace-test",
    memoryLimitInMB: "1024",
    awsRequestId: "0d7a1a0e-0000-4000-8000-000000000001",
    logGroupName: "/aws/lambda/millrace-test",
    logStreamName: "2026/11/22/[$LATEST]0",
    getRemainingTimeInMillis: () => endsAtMs - Date.now(),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

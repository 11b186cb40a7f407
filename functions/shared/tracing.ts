import type { MiddlewareObj } from "@middy/core";
import type { Environment } from "#service/settings.ts";

/**
 * Puts the work of the function with that name into the traces of AWS X-Ray, where Powertools' variable
 * POWERTOOLS_TRACE_ENABLED is `true`. Only there is the tracer loaded, which is large.
 */
export async function tracing(name: string, env: Environment): Promise<readonly MiddlewareObj[]> {
  if (env["POWERTOOLS_TRACE_ENABLED"] !== "true") return [];
  const [{ Tracer }, { captureLambdaHandler }] = await Promise.all([
    import("@aws-lambda-powertools/tracer"),
    import("@aws-lambda-powertools/tracer/middleware"),
  ]);
  const tracer = new Tracer({ serviceName: `millrace-${name}` });
  // An answer may hold messages.
  return [captureLambdaHandler(tracer, { captureResponse: false })];
}

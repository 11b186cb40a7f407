import { errorTypeRegistries, SQS, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";
import { callerAt } from "./knownCallers.ts";

/** How a client speaks. What it knows of SQS holds the names of the Query protocol as well. */
export type Protocol = "JSON" | "Query";

const query = {
  protocol: AwsQueryProtocol,
  protocolSettings: {
    defaultNamespace: "com.amazonaws.sqs",
    errorTypeRegistries,
    version: "2012-11-05",
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
  },
};

/** The credentials where nobody looks at them. */
const anybody = { accessKeyId: "test", secretAccessKey: "test" };

/** The SQS client of AWS, unchanged. It asks once: a retry would hide an error or repeat a send. */
export function sqsClient(
  origin: string,
  protocol: Protocol = "JSON",
  more: SQSClientConfig = {},
): SQS {
  const caller = callerAt(origin);
  const client = new SQS({
    ...(protocol === "Query" ? query : {}),
    endpoint: origin,
    region: "us-east-1",
    credentials: caller?.key ?? anybody,
    maxAttempts: 1,
    ...more,
  });
  // It signs by the time of the server from the first request on, and need not learn it.
  if (caller !== undefined) {
    Object.defineProperty(client.config, "systemClockOffset", {
      get: () => caller.nowMs() - Date.now(),
      set: () => undefined,
    });
  }
  return client;
}

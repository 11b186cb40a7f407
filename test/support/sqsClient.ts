import { errorTypeRegistries, SQS } from "@aws-sdk/client-sqs";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";

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

/** The SQS client of AWS, unchanged. It asks once: a retry would hide an error or repeat a send. */
export function sqsClient(origin: string, protocol: Protocol = "JSON"): SQS {
  return new SQS({
    ...(protocol === "Query" ? query : {}),
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
}

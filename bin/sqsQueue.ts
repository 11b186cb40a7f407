import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from "@aws-sdk/client-sqs";
import type { PolledQueue } from "#poll/queue.ts";
import { pollLimits } from "#poll/settings.ts";

/** A queue that any SQS endpoint serves, through AWS's client. */
export interface SqsQueue {
  readonly queue: PolledQueue;
  close(): void;
}

const localEndpoint = "http://127.0.0.1:9324";
const localHost = /^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/;

const waitSecondsMax = pollLimits.waitSeconds.max;
const connectionMs = 3000;
const attemptsMax = 3;

/** The two ways to ask. */
interface Clients {
  /** For receives, asked once: the poller asks again by itself, and counts timeouts from when it asked. */
  readonly receiving: SQSClient;
  readonly others: SQSClient;
  /** How long an answer may be on its way. */
  readonly answerMs: number;
}

/**
 * Finds a queue by its name or URL. Without an endpoint, AWS's own variables say where, and otherwise it
 * is our server on this machine. There no credentials are asked for. Who leaves a call without an answer
 * for longer than `answerMs`, a receive also for as long as it waits, is given up on. Rejects if there is
 * no such queue.
 */
export async function openSqsQueue(
  nameOrUrl: string,
  endpoint: string | undefined,
  answerMs = 10_000,
): Promise<SqsQueue & { readonly url: string }> {
  const config: SQSClientConfig = {
    ...placeConfig(endpoint, process.env),
    requestHandler: {
      connectionTimeout: connectionMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      // For the rest of an answer that has begun. It runs while a receive waits, too.
      socketTimeout: waitSecondsMax * 1000 + answerMs,
    },
  };
  const receiving = new SQSClient({ ...config, maxAttempts: 1 });
  const others = new SQSClient({ ...config, maxAttempts: attemptsMax });
  const url = nameOrUrl.includes("/") ? nameOrUrl : await urlOf(others, nameOrUrl);
  return {
    url,
    queue: sqsQueue({ receiving, others, answerMs }, url),
    close() {
      receiving.destroy();
      others.destroy();
    },
  };
}

function placeConfig(said: string | undefined, env: NodeJS.ProcessEnv): SQSClientConfig {
  const isSaid = env["AWS_ENDPOINT_URL_SQS"] ?? env["AWS_ENDPOINT_URL"];
  const endpoint = said ?? isSaid ?? localEndpoint;
  const isLocal = localHost.test(new URL(endpoint).hostname);
  if (!isLocal) return { endpoint };
  const hasCredentials = env["AWS_ACCESS_KEY_ID"] !== undefined || env["AWS_PROFILE"] !== undefined;
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const any = { accessKeyId: "any", secretAccessKey: "any" };
  return { endpoint, region, ...(!hasCredentials && { credentials: any }) };
}

async function urlOf(client: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }));
  if (QueueUrl === undefined) throw new Error(`queue ${QueueName} has no URL`);
  return QueueUrl;
}

function sqsQueue({ receiving, others, answerMs }: Clients, QueueUrl: string): PolledQueue {
  return {
    async receiveMessage({ MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds }, signal) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages,
        VisibilityTimeout,
        WaitTimeSeconds,
        // Older servers know system attributes by this name only.
        AttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });
      const { Messages = [] } = await receiving.send(command, {
        abortSignal: signal,
        requestTimeout: (WaitTimeSeconds ?? waitSecondsMax) * 1000 + answerMs,
      });
      return { Messages: Messages.map(messageOf) };
    },
    async deleteMessageBatch({ Entries = [] }) {
      const entries = Entries.map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl, Entries: entries });
      return { Failed: failuresIn(await others.send(command)) };
    },
    async changeMessageVisibilityBatch({ Entries = [] }) {
      const entries = Entries.map(({ Id, ReceiptHandle, VisibilityTimeout }) => ({
        Id,
        ReceiptHandle,
        VisibilityTimeout,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: entries });
      return { Failed: failuresIn(await others.send(command)) };
    },
    async getQueueAttributes() {
      const command = new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ["QueueArn", "VisibilityTimeout"],
      });
      const { Attributes } = await others.send(command);
      return { Attributes: mapOf(Attributes) };
    },
  };
}

type Received = NonNullable<Awaited<ReturnType<PolledQueue["receiveMessage"]>>["Messages"]>[number];

/** Of what may be missing the client says `undefined`; our port leaves it out. */
function messageOf(message: Message): Received {
  const { MessageId = "", ReceiptHandle = "", Body = "", MD5OfBody = "" } = message;
  const { MD5OfMessageAttributes, MessageAttributes = {} } = message;
  return {
    MessageId,
    ReceiptHandle,
    Body,
    MD5OfBody,
    ...(MD5OfMessageAttributes !== undefined && { MD5OfMessageAttributes }),
    Attributes: mapOf(message.Attributes),
    MessageAttributes: new Map(
      Object.entries(MessageAttributes).map(([name, value]) => [name, attributeOf(value)]),
    ),
  };
}

function attributeOf({ DataType = "", StringValue, BinaryValue }: MessageAttributeValue) {
  return {
    DataType,
    ...(StringValue !== undefined && { StringValue }),
    ...(BinaryValue !== undefined && { BinaryValue }),
  };
}

function failuresIn({ Failed = [] }: { readonly Failed?: BatchResultErrorEntry[] | undefined }) {
  return Failed.map(({ Id = "", SenderFault = false, Code = "" }) => ({ Id, SenderFault, Code }));
}

/** What the client holds as a record, our port holds as a map. */
function mapOf(record: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> {
  return new Map(Object.entries(record));
}

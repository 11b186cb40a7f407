import { type ActionName, isActionName } from "#contract/operations.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** One call of the REST API, and the action that it is. */
export interface Route {
  readonly method: Method;
  /** A segment in braces is a parameter; its name is in `parameters`. */
  readonly path: string;
  readonly action: ActionName;
  readonly says: string;
  /** Which member of the input each parameter of the path is. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Members of the input that come in the query string; the others come in the body. */
  readonly query?: readonly string[];
  /** Members that nobody needs to give, and what they are then. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** The status of success: 200 with a body, 201 for what was made, 204 without a body. */
  readonly status: 200 | 201 | 204;
}

/** Everything of the REST API begins so. */
export const restPrefix = "/v1/";

const queues = "/v1/queues";
const queue = `${queues}/{queueName}`;
const messages = `${queue}/messages`;
const message = `${messages}/{receiptHandle}`;
const tasks = "/v1/message-move-tasks";

const ofQueue = { queueName: "QueueUrl" } as const;
const ofMessage = { queueName: "QueueUrl", receiptHandle: "ReceiptHandle" } as const;
const paging = ["MaxResults", "NextToken"] as const;

function route(
  method: Method,
  path: string,
  action: string,
  rest: Omit<Route, "method" | "path" | "action">,
): readonly Route[] {
  return isActionName(action) ? [{ method, path, action, ...rest }] : [];
}

/** The REST API, call by call, in the order in which its document lists them. */
export const routes: readonly Route[] = [
  ...route("GET", queues, "ListQueues", {
    says: "List queues",
    parameters: {},
    query: ["QueueNamePrefix", ...paging],
    status: 200,
  }),
  ...route("POST", queues, "CreateQueue", {
    says: "Create a queue",
    parameters: {},
    status: 201,
  }),
  ...route("GET", queue, "GetQueueAttributes", {
    says: "Read a queue's attributes",
    parameters: ofQueue,
    query: ["AttributeNames"],
    defaults: { AttributeNames: ["All"] },
    status: 200,
  }),
  ...route("PATCH", queue, "SetQueueAttributes", {
    says: "Change a queue's attributes",
    parameters: ofQueue,
    status: 204,
  }),
  ...route("DELETE", queue, "DeleteQueue", {
    says: "Delete a queue with its messages",
    parameters: ofQueue,
    status: 204,
  }),
  ...route("GET", `${queue}/url`, "GetQueueUrl", {
    says: "Read the URL by which SQS clients know a queue",
    parameters: { queueName: "QueueName" },
    query: ["QueueOwnerAWSAccountId"],
    status: 200,
  }),
  ...route("POST", `${queue}/purge`, "PurgeQueue", {
    says: "Remove all messages of a queue",
    parameters: ofQueue,
    status: 204,
  }),
  ...route("GET", `${queue}/dead-letter-sources`, "ListDeadLetterSourceQueues", {
    says: "List the queues whose dead-letter queue this is",
    parameters: ofQueue,
    query: paging,
    status: 200,
  }),
  ...route("GET", `${queue}/tags`, "ListQueueTags", {
    says: "Read a queue's tags",
    parameters: ofQueue,
    query: [],
    status: 200,
  }),
  ...route("POST", `${queue}/tags`, "TagQueue", {
    says: "Add tags to a queue",
    parameters: ofQueue,
    status: 204,
  }),
  ...route("DELETE", `${queue}/tags`, "UntagQueue", {
    says: "Remove tags from a queue",
    parameters: ofQueue,
    query: ["TagKeys"],
    status: 204,
  }),
  ...route("POST", `${queue}/permissions`, "AddPermission", {
    says: "Add a statement to a queue's policy",
    parameters: ofQueue,
    status: 204,
  }),
  ...route("DELETE", `${queue}/permissions/{label}`, "RemovePermission", {
    says: "Remove a statement from a queue's policy",
    parameters: { queueName: "QueueUrl", label: "Label" },
    query: [],
    status: 204,
  }),
  ...route("POST", messages, "SendMessage", {
    says: "Send a message",
    parameters: ofQueue,
    status: 201,
  }),
  ...route("POST", `${messages}/batch`, "SendMessageBatch", {
    says: "Send up to ten messages",
    parameters: ofQueue,
    status: 200,
  }),
  ...route("POST", `${messages}/receive`, "ReceiveMessage", {
    says: "Receive up to ten messages",
    parameters: ofQueue,
    defaults: { MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] },
    status: 200,
  }),
  ...route("POST", `${messages}/delete-batch`, "DeleteMessageBatch", {
    says: "Delete up to ten messages",
    parameters: ofQueue,
    status: 200,
  }),
  ...route("POST", `${messages}/visibility-batch`, "ChangeMessageVisibilityBatch", {
    says: "Change the visibility timeout of up to ten messages",
    parameters: ofQueue,
    status: 200,
  }),
  ...route("DELETE", message, "DeleteMessage", {
    says: "Delete a message",
    parameters: ofMessage,
    query: [],
    status: 204,
  }),
  ...route("PATCH", message, "ChangeMessageVisibility", {
    says: "Change the visibility timeout of a message",
    parameters: ofMessage,
    status: 204,
  }),
  ...route("GET", tasks, "ListMessageMoveTasks", {
    says: "List the tasks that move messages out of a dead-letter queue",
    parameters: {},
    query: ["SourceArn", "MaxResults"],
    status: 200,
  }),
  ...route("POST", tasks, "StartMessageMoveTask", {
    says: "Start moving messages out of a dead-letter queue",
    parameters: {},
    status: 201,
  }),
  ...route("DELETE", `${tasks}/{taskHandle}`, "CancelMessageMoveTask", {
    says: "Cancel such a task",
    parameters: { taskHandle: "TaskHandle" },
    query: [],
    status: 200,
  }),
];

/** Whether the members that are in neither path nor query come in a body. */
export function hasBody({ method, query }: Route): boolean {
  return method !== "GET" && query === undefined;
}

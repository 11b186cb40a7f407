import type { IncomingHttpHeaders } from "node:http";

/** What IAM would have to permit for one call to go through. */
export interface Needed {
  /** As `dynamodb:PutItem`. */
  readonly action: string;
  /** The ARN of what it acts on. */
  readonly resource: string;
  /** Of items of DynamoDB, the partition keys that it names. */
  readonly leadingKeys?: readonly string[];
  /** The service of AWS that calls on behalf of the caller. */
  readonly viaService?: string;
}

/** The services that functions reach, named as the SDK's variables name them. */
export const services = ["DYNAMODB", "S3", "KMS", "SECRETS_MANAGER", "LAMBDA"] as const;

export type Service = (typeof services)[number];

export interface SentCall {
  readonly service: Service;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Where names that are no ARN belong. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/**
 * What a call needs, as the service authorization reference of AWS has it. Throws for a call that this
 * does not know: better than to miss one.
 */
export function neededFor(call: SentCall, place: Place): readonly Needed[] {
  switch (call.service) {
    case "DYNAMODB":
      return neededOfDynamodb(targetOf(call), inputOf(call), place);
    case "S3":
      return [neededOfS3(call)];
    case "KMS":
      return [{ action: `kms:${targetOf(call)}`, resource: text(inputOf(call)["KeyId"]) }];
    case "SECRETS_MANAGER":
      return [
        { action: `secretsmanager:${targetOf(call)}`, resource: text(inputOf(call)["SecretId"]) },
      ];
    case "LAMBDA":
      return [neededOfLambda(call, place)];
  }
}

type Fields = Readonly<Record<string, unknown>>;

const tableOf = (name: unknown, { region, account }: Place): string =>
  `arn:aws:dynamodb:${region}:${account}:table/${text(name)}`;

function neededOfDynamodb(target: string, input: Fields, place: Place): readonly Needed[] {
  const on = (name: unknown) => tableOf(name, place);
  switch (target) {
    case "BatchExecuteStatement":
      return list(input["Statements"]).map((each) => neededOfStatement(each, on));
    case "ExecuteTransaction":
      return list(input["TransactStatements"]).map((each) => neededOfStatement(each, on));
    case "ExecuteStatement":
      return [neededOfStatement(input, on)];
    case "TransactWriteItems":
    case "TransactGetItems":
      return list(input["TransactItems"]).flatMap((each) =>
        Object.entries(each).map(([kind, item]) => ({
          action: `dynamodb:${transactActions[kind] ?? kind}`,
          resource: on(fields(item)["TableName"]),
          leadingKeys: [partitionIn(fields(item))],
        })),
      );
    case "BatchGetItem":
    case "BatchWriteItem":
      return Object.entries(fields(input["RequestItems"])).map(([name, requests]) => ({
        action: `dynamodb:${target}`,
        resource: on(name),
        leadingKeys: requestsIn(requests).map(partitionIn),
      }));
    default: {
      const leadingKeys = [target === "Query" ? partitionAsked(input) : partitionIn(input)];
      return [{ action: `dynamodb:${target}`, resource: on(input["TableName"]), leadingKeys }];
    }
  }
}

/** The partition key in what names one item, by its key or as a whole. */
function partitionIn(input: Fields): string {
  const { pk } = fields(input["Key"] ?? input["Item"]);
  return textIn(pk);
}

function partitionAsked(input: Fields): string {
  const [, name = ""] = /\bpk = (:\w+)/.exec(text(input["KeyConditionExpression"])) ?? [];
  return textIn(fields(input["ExpressionAttributeValues"])[name]);
}

/** What a batch asks of each item: `Keys` of reads, put and delete requests of writes. */
function requestsIn(requests: unknown): readonly Fields[] {
  return Array.isArray(requests)
    ? list(requests).map((each) => fields(each["PutRequest"] ?? each["DeleteRequest"]))
    : list(fields(requests)["Keys"]).map((Key) => ({ Key }));
}

function textIn(attribute: unknown): string {
  return text(fields(attribute)["S"]);
}

/** A transaction needs what the actions in it would need alone. */
const transactActions: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

const statementActions: Readonly<Record<string, string>> = {
  INSERT: "PartiQLInsert",
  UPDATE: "PartiQLUpdate",
  DELETE: "PartiQLDelete",
  SELECT: "PartiQLSelect",
  EXISTS: "ConditionCheckItem",
};

function neededOfStatement(
  { Statement: statement, Parameters: parameters }: Fields,
  on: (name: string) => string,
): Needed {
  const said = text(statement);
  const [, verb = "", name = ""] = /^\s*(\w+)[^"]*"([^"]+)"/.exec(said) ?? [];
  const action = statementActions[verb.toUpperCase()];
  const [before] = said.split(/["']pk["'](?:: | = )/);
  if (action === undefined || before === undefined || before === said) {
    throw new Error(`expected a statement of PartiQL about a partition, got ${said}`);
  }
  const place = before.split("?").length - 1;
  const leadingKeys = [textIn(list(parameters)[place])];
  return { action: `dynamodb:${action}`, resource: on(name), leadingKeys };
}

const s3Actions: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "GetObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

function neededOfS3({ method, path }: SentCall): Needed {
  const [bucket = "", ...key] = (path.split("?")[0] ?? "").slice(1).split("/");
  const action = s3Actions[method];
  if (action === undefined || key.length === 0) {
    throw new Error(`expected a call on an object, got ${method} ${path}`);
  }
  return { action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}/${key.join("/")}` };
}

function neededOfLambda({ path }: SentCall, { region, account }: Place): Needed {
  const [, encoded] = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(path) ?? [];
  if (encoded === undefined) throw new Error(`expected an invocation, got ${path}`);
  const name = decodeURIComponent(encoded);
  const resource = name.startsWith("arn:")
    ? name
    : `arn:aws:lambda:${region}:${account}:function:${name}`;
  return { action: "lambda:InvokeFunction", resource };
}

function targetOf({ headers }: SentCall): string {
  return String(headers["x-amz-target"]).split(".").at(-1) ?? "";
}

function inputOf({ body }: SentCall): Fields {
  return fields(JSON.parse(body.toString()));
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error(`expected a name, got ${JSON.stringify(value)}`);
  return value;
}

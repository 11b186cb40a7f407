import type { IncomingHttpHeaders } from "node:http";

/** What IAM would have to permit for one call to go through. */
export interface Needed {
  /** As `dynamodb:PutItem`. */
  readonly action: string;
  /** The ARN of what it acts on. */
  readonly resource: string;
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
      return list(input["Statements"]).map((each) => neededOfStatement(each["Statement"], on));
    case "ExecuteTransaction":
      return list(input["TransactStatements"]).map((each) =>
        neededOfStatement(each["Statement"], on),
      );
    case "ExecuteStatement":
      return [neededOfStatement(input["Statement"], on)];
    case "TransactWriteItems":
    case "TransactGetItems":
      return list(input["TransactItems"]).flatMap((each) =>
        Object.entries(each).map(([kind, item]) => ({
          action: `dynamodb:${transactActions[kind] ?? kind}`,
          resource: on(fields(item)["TableName"]),
        })),
      );
    case "BatchGetItem":
    case "BatchWriteItem":
      return Object.keys(fields(input["RequestItems"])).map((name) => ({
        action: `dynamodb:${target}`,
        resource: on(name),
      }));
    default:
      return [{ action: `dynamodb:${target}`, resource: on(input["TableName"]) }];
  }
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

function neededOfStatement(statement: unknown, on: (name: string) => string): Needed {
  const [, verb = "", name = ""] = /^\s*(\w+)[^"]*"([^"]+)"/.exec(text(statement)) ?? [];
  const action = statementActions[verb.toUpperCase()];
  if (action === undefined) throw new Error(`expected a statement of PartiQL, got ${statement}`);
  return { action: `dynamodb:${action}`, resource: on(name) };
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

import { invalidParameter, missingParameter } from "#contract/errors.ts";
import { membersOf, parseJsonObject } from "./jsonText.ts";
import { checkPolicy } from "./policyDocument.ts";

const grantable: ReadonlySet<string> = new Set([
  "*",
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
  "ReceiveMessage",
  "SendMessage",
]);

/** Actions that nobody but the owner may ever do (spec section 2.4). */
const ownersOnly: ReadonlySet<string> = new Set([
  "AddPermission",
  "CancelMessageMoveTask",
  "CreateQueue",
  "DeleteQueue",
  "ListMessageMoveTasks",
  "ListQueueTags",
  "ListQueues",
  "RemovePermission",
  "SetQueueAttributes",
  "StartMessageMoveTask",
  "TagQueue",
  "UntagQueue",
]);

const labelPattern = /^[A-Za-z0-9_-]{1,80}$/;
const accountPattern = /^\d{12}$/;

/** What AddPermission grants: these actions to these accounts, under a label. */
export interface Permission {
  readonly label: string;
  readonly accounts: readonly string[];
  readonly actions: readonly string[];
}

/** A label as RemovePermission is given it. */
export function requireLabel(label: string | undefined): string {
  if (label === undefined || label === "") throw missingParameter("Label");
  return label;
}

/** Refuses a permission that no queue could be given (spec section 3.6); its size is not looked at. */
export function checkPermission(given: {
  readonly label: string | undefined;
  readonly accounts: readonly string[] | undefined;
  readonly actions: readonly string[] | undefined;
}): Permission {
  const { accounts = [], actions = [] } = given;
  const label = checkLabel(requireLabel(given.label));
  if (actions.length === 0) throw missingParameter("Actions");
  if (accounts.length === 0) throw missingParameter("AWSAccountIds");
  for (const action of actions) checkAction(action);
  for (const account of accounts) checkAccount(account);
  return { label, accounts, actions };
}

function checkLabel(label: string): string {
  if (labelPattern.test(label)) return label;
  throw invalidParameter(
    "Label",
    label,
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  );
}

function checkAction(action: string): void {
  if (grantable.has(action)) return;
  const reason = ownersOnly.has(action)
    ? "Only the queue owner is allowed to invoke this action."
    : "Please refer to the appropriate WSDL for a list of valid actions.";
  throw invalidParameter("ActionName", `SQS:${action}`, reason);
}

function checkAccount(account: string): void {
  if (accountPattern.test(account)) return;
  throw invalidParameter("PrincipalId", account, "Unable to verify principal.");
}

/**
 * A queue's policy with one statement more, or its first. Refused when the label is taken, and when
 * there are too many actions, accounts or statements then.
 */
export function withPermission(
  policy: string | undefined,
  { label, accounts, actions }: Permission,
  arn: string,
): string {
  const { document, statements } = policy === undefined ? emptyPolicy(arn) : readPolicy(policy);
  if (statements.some((statement) => sidOf(statement) === label)) {
    throw invalidParameter("Label", label, "Already exists.");
  }
  const statement = {
    Sid: label,
    Effect: "Allow",
    Principal: { AWS: oneOrAll(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
    Action: oneOrAll(actions.map((action) => `SQS:${action}`)),
    Resource: arn,
  };
  return checkPolicy(writePolicy(document, [...statements, statement]));
}

/** A queue's policy without the statements of a label; `undefined` when none is left. */
export function withoutPermission(policy: string | undefined, label: string): string | undefined {
  const { document, statements } = policy === undefined ? emptyPolicy("") : readPolicy(policy);
  const others = statements.filter((statement) => sidOf(statement) !== label);
  if (others.length === statements.length) {
    throw invalidParameter("Label", label, "can't find label.");
  }
  return others.length === 0 ? undefined : writePolicy(document, others);
}

type Document = ReadonlyMap<string, unknown>;

interface ReadPolicy {
  readonly document: Document;
  readonly statements: readonly unknown[];
}

function emptyPolicy(arn: string): ReadPolicy {
  const document = new Map([
    ["Version", "2008-10-17"],
    ["Id", `${arn}/SQSDefaultPolicy`],
  ]);
  return { document, statements: [] };
}

/** A policy that was checked when it was set. A sole statement may stand there without a list. */
function readPolicy(policy: string): ReadPolicy {
  const document = parseJsonObject(policy) ?? new Map<string, unknown>();
  const statement = document.get("Statement");
  return { document, statements: Array.isArray(statement) ? statement : [statement] };
}

function writePolicy(document: Document, statements: readonly unknown[]): string {
  return JSON.stringify(Object.fromEntries(new Map(document).set("Statement", statements)));
}

function sidOf(statement: unknown): unknown {
  return membersOf(statement)?.get("Sid");
}

/** SQS writes one value as it is, and several as a list. */
function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}

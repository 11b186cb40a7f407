import { invalidAttributeValue, invalidParameter, SqsError } from "#contract/errors.ts";
import { policyBytesMax } from "#contract/limits.ts";
import { membersOf, parseJsonObject, stringsOf } from "./jsonText.ts";
import { utf8Bytes } from "./messageBody.ts";

const statementsMax = 20;
const principalsMax = 50;
const conditionsMax = 10;
const actionsMax = 7;

const versions: readonly unknown[] = ["2012-10-17", "2008-10-17"];
const effects: readonly unknown[] = ["Allow", "Deny"];
const documentMembers = new Set(["Version", "Id", "Statement"]);
const statementMembers = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const principalKinds = new Set(["AWS", "Service", "Federated", "CanonicalUser"]);

const actionNames = new Set(
  [
    "AddPermission",
    "CancelMessageMoveTask",
    "ChangeMessageVisibility",
    "CreateQueue",
    "DeleteMessage",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "RemovePermission",
    "SendMessage",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
  ].map((action) => action.toLowerCase()),
);
const batchAction = /^sqs:((?:SendMessage|DeleteMessage|ChangeMessageVisibility)Batch)$/i;
const wildcard = /[*?]/;
const queueResource = /^(?:\*|arn:[^:]+:(?:sqs|\*):.+)$/;

type Members = ReadonlyMap<string, unknown>;

/**
 * Checks the `Policy` attribute and gives it back as submitted (spec section 3.6): an IAM resource
 * policy whose actions and resources are those of SQS, within the limits of section 0.3. Whom it
 * lets in is not decided here.
 */
export function checkPolicy(text: string): string {
  const document = parseJsonObject(text);
  if (document === undefined || utf8Bytes(text) > policyBytesMax) throw invalid();
  checkDocument(document);
  const statements = statementsOf(document);
  for (const statement of statements) checkStatement(statement);
  bound("Principals", statements.flatMap(principalsOf).length, principalsMax);
  bound("Conditions", statements.flatMap(conditionsOf).length, conditionsMax);
  return text;
}

function checkDocument(document: Members): void {
  const { Version = versions[0], Id = "" } = Object.fromEntries(document);
  need(hasOnly(document, documentMembers));
  need(versions.includes(Version));
  need(typeof Id === "string");
}

function statementsOf(document: Members): readonly Members[] {
  const statement = document.get("Statement");
  const statements: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
  need(statements.length > 0);
  bound("Statements", statements.length, statementsMax);
  return statements.map((each) => needed(membersOf(each)));
}

function checkStatement(statement: Members): void {
  need(hasOnly(statement, statementMembers));
  need(typeof (statement.get("Sid") ?? "") === "string");
  need(effects.includes(statement.get("Effect")));
  need(principalsOf(statement).length > 0);
  need(conditionsOf(statement).every((name) => name !== ""));
  const actions = needed(stringsOf(eitherOf(statement, "Action", "NotAction")));
  need(actions.length > 0);
  bound("Actions", actions.length, actionsMax);
  for (const action of actions) checkAction(action);
  const resources = needed(stringsOf(eitherOf(statement, "Resource", "NotResource")));
  need(resources.length > 0 && resources.every((resource) => queueResource.test(resource)));
}

function principalsOf(statement: Members): readonly string[] {
  const principal = eitherOf(statement, "Principal", "NotPrincipal");
  if (principal === "*") return ["*"];
  const kinds = needed(membersOf(principal));
  need(hasOnly(kinds, principalKinds));
  return [...kinds.values()].flatMap((names) => needed(stringsOf(names)));
}

/** The keys that the conditions of a statement ask about, under whatever operator. */
function conditionsOf(statement: Members): readonly string[] {
  if (!statement.has("Condition")) return [];
  const operators = needed(membersOf(statement.get("Condition")));
  return [...operators.values()].flatMap((keys) => [...needed(membersOf(keys)).keys()]);
}

function checkAction(name: string): void {
  if (name === "*") return;
  const batch = batchAction.exec(name)?.[1];
  if (batch !== undefined) {
    throw invalidParameter(
      "ActionName",
      `SQS:${batch}`,
      "Please refer to the appropriate WSDL for a list of valid actions.",
    );
  }
  const action = needed(/^sqs:(.+)$/i.exec(name)?.[1]);
  need(wildcard.test(action) || actionNames.has(action.toLowerCase()));
}

/** The value of whichever of two members is there. One must be, and not the other too. */
function eitherOf(statement: Members, one: string, other: string): unknown {
  need(statement.has(one) !== statement.has(other));
  return statement.get(one) ?? statement.get(other);
}

function hasOnly(members: Members, names: ReadonlySet<string>): boolean {
  return [...members.keys()].every((name) => names.has(name));
}

function need(holds: boolean): void {
  if (!holds) throw invalid();
}

function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw invalid();
  return value;
}

function bound(things: string, count: number, max: number): void {
  if (count <= max) return;
  throw new SqsError("OverLimit", `${count} ${things} were found, maximum allowed is ${max}.`);
}

function invalid(): SqsError {
  return invalidAttributeValue("Policy");
}

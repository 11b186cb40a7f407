/** Something that may be done to the items of some partitions of a table. */
export interface TableRight {
  readonly actions: readonly string[];
  /** Patterns of partition keys, and whether those are meant or all others. */
  readonly partitions: { readonly are: readonly string[] } | { readonly areNot: readonly string[] };
}

/** What serving queues calls. A transaction asks for the actions in it. */
export const tableActions = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:DeleteItem",
  "dynamodb:GetItem",
  "dynamodb:PartiQLDelete",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLUpdate",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
] as const;

/** Only who takes sends from callers stores many segments at once. */
const sending = new Set<string>(["dynamodb:PartiQLInsert"]);
/** The sweep takes message after message, but drops many empty segments at once. */
const claiming = new Set<string>(["dynamodb:PartiQLUpdate"]);

/** Where the access keys are, the list of an account's, and the key under which secrets are sealed. */
const accessKeys = "key.*";
const keysOfAccounts = "keys.*";
const sealingKeys = "sealing";

/** Queues, messages and tasks: everything but access keys. */
function toQueues(actions: readonly string[]): TableRight {
  return { actions, partitions: { areNot: [accessKeys, keysOfAccounts, sealingKeys] } };
}

/** Serves callers: does everything to queues, looks up access keys and can make none. */
export const apiAccess: readonly TableRight[] = [
  toQueues(tableActions),
  { actions: ["dynamodb:GetItem"], partitions: { are: [accessKeys, sealingKeys] } },
];

/** Does to queues what no caller asks for, and knows no access keys. */
export const sweepAccess: readonly TableRight[] = [
  toQueues(tableActions.filter((action) => !sending.has(action) && !claiming.has(action))),
];

/** Receives and deletes messages, and knows no access keys. */
export const pollAccess: readonly TableRight[] = [
  toQueues(tableActions.filter((action) => !sending.has(action))),
];

/** Serves callers for long: it also looks at its start whether there are any access keys. */
export const serverAccess: readonly TableRight[] = [
  ...apiAccess,
  { actions: ["dynamodb:Query"], partitions: { are: [keysOfAccounts] } },
];

/** Makes, changes and deletes queues and access keys of an account, and touches no message. */
export function declareAccess(account: string): readonly TableRight[] {
  const rights = [
    [`queues.${account}`, ["GetItem", "PutItem", "UpdateItem"]],
    [accessKeys, ["DeleteItem", "GetItem", "PutItem"]],
    [`keys.${account}`, ["DeleteItem", "PutItem"]],
    [sealingKeys, ["GetItem", "PutItem"]],
  ] as const;
  return rights.map(([partition, actions]) => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    partitions: { are: [partition] },
  }));
}

import type { AccessKey } from "./accessKey.ts";
import type { AccessKeyRequest } from "./accessKeyRequest.ts";
import type { AccessKeyStore, CreatedAccessKey } from "./accessKeyStore.ts";

/** What to say to whoever asked: a text to print, or what was wrong. */
export type AccessKeyAnswer =
  | { readonly kind: "said"; readonly text: string }
  | { readonly kind: "refused"; readonly problem: string };

export interface AccessKeyContext {
  readonly store: Pick<AccessKeyStore, "create" | "list" | "setEnabled" | "delete">;
  readonly account: string;
  readonly nowMs: number;
}

/** Does what `millrace keys` asks for. A secret is in the answer to `create`, and in no other. */
export async function answerAccessKeyRequest(
  { store, account, nowMs }: AccessKeyContext,
  request: AccessKeyRequest,
): Promise<AccessKeyAnswer> {
  switch (request.kind) {
    case "create": {
      const created = await store.create({ ...request.said, account });
      return said(request.isJson ? credentialProcessText(created) : exportLines(created));
    }
    case "list": {
      const keys = (await store.list(account)).map((key) => listed(key, nowMs));
      return said(request.isJson ? json({ AccessKeys: keys }) : tableOf(keys, account));
    }
    case "enable":
    case "disable": {
      const isEnabled = request.kind === "enable";
      const isKnown = await store.setEnabled(account, request.accessKeyId, isEnabled);
      return isKnown
        ? said(`${request.kind}d ${request.accessKeyId}\n`)
        : unknown(request, account);
    }
    case "delete": {
      const isKnown = await store.delete(account, request.accessKeyId);
      return isKnown ? said(`deleted ${request.accessKeyId}\n`) : unknown(request, account);
    }
  }
}

function said(text: string): AccessKeyAnswer {
  return { kind: "said", text };
}

function unknown(
  { accessKeyId }: { readonly accessKeyId: string },
  account: string,
): AccessKeyAnswer {
  return { kind: "refused", problem: `account ${account} has no access key ${accessKeyId}` };
}

/** Lines for a shell. Nothing in them needs quotes. */
function exportLines({ key, secret, sessionToken }: CreatedAccessKey): string {
  return [
    `export AWS_ACCESS_KEY_ID=${key.accessKeyId}\n`,
    `export AWS_SECRET_ACCESS_KEY=${secret}\n`,
    sessionToken === undefined ? "" : `export AWS_SESSION_TOKEN=${sessionToken}\n`,
  ].join("");
}

/** The form that the setting `credential_process` of AWS's clients reads. */
function credentialProcessText({ key, secret, sessionToken }: CreatedAccessKey): string {
  return json({
    Version: 1,
    AccessKeyId: key.accessKeyId,
    SecretAccessKey: secret,
    SessionToken: sessionToken,
    Expiration: key.session && timeText(key.session.expiresAtMs),
  });
}

interface Listed {
  readonly AccessKeyId: string;
  readonly Status: "enabled" | "disabled" | "expired";
  readonly CreatedAt: string;
  readonly Expiration: string | undefined;
  readonly Actions: readonly string[];
  readonly Queues: readonly string[];
  readonly Description: string | undefined;
}

function listed(key: AccessKey, nowMs: number): Listed {
  const { session } = key;
  const hasExpired = session !== undefined && nowMs >= session.expiresAtMs;
  return {
    AccessKeyId: key.accessKeyId,
    Status: hasExpired ? "expired" : key.isEnabled ? "enabled" : "disabled",
    CreatedAt: timeText(key.createdAtMs),
    Expiration: session && timeText(session.expiresAtMs),
    Actions: key.policy.actions,
    Queues: key.policy.queues,
    Description: key.description,
  };
}

function tableOf(keys: readonly Listed[], account: string): string {
  if (keys.length === 0) return `account ${account} has no access keys\n`;
  const head = [
    "ACCESS KEY ID",
    "STATUS",
    "CREATED",
    "EXPIRES",
    "ACTIONS",
    "QUEUES",
    "DESCRIPTION",
  ];
  const rows = keys.map((key) => [
    key.AccessKeyId,
    key.Status,
    key.CreatedAt,
    key.Expiration ?? "-",
    key.Actions.join(","),
    key.Queues.join(","),
    key.Description ?? "",
  ]);
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => (row[at] ?? "").length)),
  );
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}/, "");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

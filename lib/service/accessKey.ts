import assert from "node:assert/strict";
import type { Policy } from "#auth/policy.ts";
import type { Credentials } from "#auth/sigv4.ts";
import { type Item, type Key, ttlAttribute } from "#table/table.ts";

/**
 * An access key without its secret, as two items say it:
 *
 * ```
 *   pk                sk               holds
 *   key.{id}          key              account a, facts k, sealed secret s, status st
 *   keys.{account}    {id}             nothing: the list of an account's keys
 * ```
 *
 * The first is all that a request costs. The facts never change, and the sealed secret is bound to
 * them: who can write the table but lacks the sealing key cannot widen a policy, nor lend a key to
 * another account.
 */
export interface AccessKey {
  readonly accessKeyId: string;
  /** Twelve digits: whose queues it reaches. */
  readonly account: string;
  readonly isEnabled: boolean;
  readonly description: string | undefined;
  readonly policy: Policy;
  readonly createdAtMs: number;
  /** Of temporary credentials. */
  readonly session: Credentials["session"];
}

/** How long an expired key is still told from an unknown one. */
const expiredKeptSeconds = 7 * 24 * 3600;

const idForm = /^[A-Z0-9]{16,128}$/;

/** Whether a text can be the id of an access key. What cannot is not looked for. */
export function isAccessKeyId(text: string): boolean {
  return idForm.test(text);
}

/** Where an access key is found by its id. */
export function accessKeyKey(accessKeyId: string): Key {
  return { pk: `key.${accessKeyId}`, sk: "key" };
}

/** Where the keys of an account are listed, in the order of their ids. */
export function accountKeysKey(account: string, accessKeyId: string): Key {
  return { pk: `keys.${account}`, sk: accessKeyId };
}

/** The part of a key that never changes, as it is stored. */
export function factsText({ description, policy, createdAtMs, session }: AccessKey): string {
  return JSON.stringify({ description, policy, createdAtMs, session });
}

/** What a secret is bound to: id, account and facts of its key. */
export function boundTo(accessKeyId: string, account: string, facts: string): string {
  return `access key\n${accessKeyId}\n${account}\n${facts}`;
}

/** The items of a new key, to be written together. */
export function accessKeyItems(key: AccessKey, sealedSecret: string): readonly [Item, Item] {
  const { accessKeyId, account, session } = key;
  const ttl =
    session === undefined
      ? {}
      : { [ttlAttribute]: Math.ceil(session.expiresAtMs / 1000) + expiredKeptSeconds };
  return [
    {
      ...accessKeyKey(accessKeyId),
      ...ttl,
      a: account,
      k: factsText(key),
      s: sealedSecret,
      st: statusOf(key.isEnabled),
    },
    { ...accountKeysKey(account, accessKeyId), ...ttl },
  ];
}

/** The value of the attribute `st`. */
export function statusOf(isEnabled: boolean): string {
  return isEnabled ? "enabled" : "disabled";
}

/** A key as its item says it, with what is needed to open its secret. */
export function readAccessKeyItem(item: Item): {
  readonly key: AccessKey;
  readonly sealedSecret: string;
  readonly boundTo: string;
} {
  const { pk, a: account, k: facts, s: sealedSecret, st: status } = item;
  assert(typeof account === "string" && typeof facts === "string");
  assert(typeof sealedSecret === "string");
  const accessKeyId = pk.slice("key.".length);
  const { description, policy, createdAtMs, session } = JSON.parse(facts);
  const isEnabled = status === statusOf(true);
  return {
    key: { accessKeyId, account, isEnabled, description, policy, createdAtMs, session },
    sealedSecret,
    boundTo: boundTo(accessKeyId, account, facts),
  };
}

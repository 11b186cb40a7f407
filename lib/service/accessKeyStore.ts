import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Policy } from "#auth/policy.ts";
import type { Clock } from "#engine/clock.ts";
import { dropOldest } from "#engine/dropOldest.ts";
import type { Random } from "#engine/random.ts";
import { type Item, type Table, writeManyMax } from "#table/table.ts";
import {
  type AccessKey,
  accessKeyItems,
  accessKeyKey,
  accountKeysKey,
  boundTo,
  factsText,
  isAccessKeyId,
  readAccessKeyItem,
  statusOf,
} from "./accessKey.ts";
import type { SecretBox } from "./secretBox.ts";

/** How long a key is believed when other processes may disable or delete it. */
const sharedCacheMs = 2000;
/** Keys kept in memory; the oldest look-up goes first. */
const cachedMax = 10_000;

/** An access key that may be used, with its secret. */
export interface UsableKey extends AccessKey {
  readonly secret: string;
}

/** What a new key is to be. */
export interface NewAccessKey {
  readonly account: string;
  readonly policy: Policy;
  readonly description: string | undefined;
  /** Makes temporary credentials, with a session token. */
  readonly expiresInSeconds: number | undefined;
}

/** A new key, with what is told this once and stored nowhere in the clear. */
export interface CreatedAccessKey {
  readonly key: AccessKey;
  readonly secret: string;
  readonly sessionToken: string | undefined;
}

export interface AccessKeyStoreOptions {
  readonly table: Table;
  readonly clock: Pick<Clock, "nowMs">;
  readonly random: Pick<Random, "hex">;
  readonly box: SecretBox;
}

interface Cached {
  readonly key: UsableKey;
  readonly untilMs: number;
}

/**
 * Makes, finds, lists and ends access keys. Those in use are remembered: for two seconds on a table
 * that other processes may write, else until this process changes them. Keys that are unknown or
 * disabled are looked up each time, so that a new one works at once.
 */
export class AccessKeyStore {
  readonly #options: AccessKeyStoreOptions;
  readonly #cache = new Map<string, Cached>();
  /** Counts the changes made here, so that no look-up that began before one is remembered after. */
  #changes = 0;

  constructor(options: AccessKeyStoreOptions) {
    this.#options = options;
  }

  /** Makes an enabled key. Its secret and token are told here and never again. */
  async create(said: NewAccessKey): Promise<CreatedAccessKey> {
    return await this.#make(said, newAccessKeyId(this.#options.random.hex(16)));
  }

  /**
   * Makes an enabled key that does not expire, or tells once more of the one that was made under the
   * same name: for whoever may be asked twice. The id follows from the name.
   */
  async createOnce(name: string, said: NewAccessKey): Promise<CreatedAccessKey> {
    const id = newAccessKeyId(createHash("sha256").update(name).digest("hex").slice(0, 32));
    const made = await this.find(id);
    if (made === undefined) return await this.#make({ ...said, expiresInSeconds: undefined }, id);
    const { secret, ...key } = made;
    return { key, secret, sessionToken: undefined };
  }

  async #make(said: NewAccessKey, accessKeyId: string): Promise<CreatedAccessKey> {
    const { table, clock, random, box } = this.#options;
    const nowMs = clock.nowMs();
    const { account, policy, description, expiresInSeconds } = said;
    const sessionToken = expiresInSeconds === undefined ? undefined : base64(random.hex(48));
    const key: AccessKey = {
      accessKeyId,
      account,
      isEnabled: true,
      description,
      policy,
      createdAtMs: nowMs,
      session: sessionOf(sessionToken, nowMs + (expiresInSeconds ?? 0) * 1000),
    };
    const secret = base64(random.hex(30));
    const sealed = await box.seal(secret, boundTo(key.accessKeyId, key.account, factsText(key)));
    const items = accessKeyItems(key, sealed);
    const result = await table.transact(items.map((item) => ({ kind: "insert", item })));
    assert.equal(result.outcome, "written", `access key ${key.accessKeyId} exists already`);
    return { key, secret, sessionToken };
  }

  /** An enabled key, its secret opened. An expired one is found too. Throws if it cannot be opened. */
  async find(accessKeyId: string): Promise<UsableKey | undefined> {
    if (!isAccessKeyId(accessKeyId)) return undefined;
    const cached = this.#cache.get(accessKeyId);
    if (cached !== undefined && this.#options.clock.nowMs() < cached.untilMs) return cached.key;
    this.#cache.delete(accessKeyId);
    const changes = this.#changes;
    const item = await this.#options.table.get(accessKeyKey(accessKeyId));
    const key = item === undefined ? undefined : await this.#opened(item);
    if (key?.isEnabled !== true) return undefined;
    if (changes === this.#changes) this.#remember(key);
    return key;
  }

  /** The keys of an account, the oldest first. */
  async list(account: string): Promise<readonly AccessKey[]> {
    const { table } = this.#options;
    const keys: AccessKey[] = [];
    for (let from = "", more = true; more; ) {
      const { pk } = accountKeysKey(account, "");
      const page = await table.query({ pk, from, to: "~", limit: writeManyMax });
      const items = await table.getMany(page.items.map(({ sk }) => accessKeyKey(sk)));
      keys.push(
        ...items.flatMap((item) => (item === undefined ? [] : [readAccessKeyItem(item).key])),
      );
      from = `${page.items.at(-1)?.sk ?? ""}\u0000`;
      more = page.more && page.items.length > 0;
    }
    return keys.toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  }

  /** Whether an account has any key at all. */
  async hasAny(account: string): Promise<boolean> {
    const { pk } = accountKeysKey(account, "");
    const { items } = await this.#options.table.query({ pk, from: "", to: "~", limit: 1 });
    return items.length > 0;
  }

  /** Enables or disables a key; answers whether the account has such a key. */
  async setEnabled(account: string, accessKeyId: string, isEnabled: boolean): Promise<boolean> {
    if (!isAccessKeyId(accessKeyId)) return false;
    const { outcome } = await this.#options.table.write({
      kind: "patch",
      key: accessKeyKey(accessKeyId),
      set: { st: statusOf(isEnabled) },
      when: [{ attribute: "a", is: "equal", value: account }],
    });
    this.#forget(accessKeyId);
    return outcome === "written";
  }

  /** Deletes a key for good; answers whether the account had such a key. */
  async delete(account: string, accessKeyId: string): Promise<boolean> {
    if (!isAccessKeyId(accessKeyId)) return false;
    const { table } = this.#options;
    const found = await table.get(accessKeyKey(accessKeyId));
    if (found?.["a"] !== account) return false;
    // First what lets requests in. If the list keeps the id after a crash, it names nothing there.
    for (const key of [accessKeyKey(accessKeyId), accountKeysKey(account, accessKeyId)]) {
      await table.write({ kind: "delete", key, when: [] });
    }
    this.#forget(accessKeyId);
    return true;
  }

  async #opened(item: Item): Promise<UsableKey> {
    const { key, sealedSecret, boundTo } = readAccessKeyItem(item);
    try {
      return { ...key, secret: await this.#options.box.open(sealedSecret, boundTo) };
    } catch (cause) {
      throw new Error(`cannot open the secret of access key ${key.accessKeyId}`, { cause });
    }
  }

  #forget(accessKeyId: string): void {
    this.#changes += 1;
    this.#cache.delete(accessKeyId);
  }

  #remember(key: UsableKey): void {
    const { table, clock } = this.#options;
    const untilMs = table.traits.isShared ? clock.nowMs() + sharedCacheMs : Infinity;
    this.#cache.set(key.accessKeyId, { key, untilMs });
    dropOldest(this.#cache, cachedMax);
  }
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Twenty characters, as AWS's ids have; sixteen of them are from so many bytes. */
function newAccessKeyId(hex: string): string {
  const characters = Array.from(Buffer.from(hex, "hex"), (byte) => base32[byte % 32]);
  return `MRAK${characters.join("")}`;
}

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function sessionOf(token: string | undefined, expiresAtMs: number): AccessKey["session"] {
  if (token === undefined) return undefined;
  return { tokenSha256: createHash("sha256").update(token).digest("hex"), expiresAtMs };
}

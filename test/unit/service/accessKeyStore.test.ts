import { createHash, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { everything } from "#auth/policy.ts";
import { AccessKeyStore, type NewAccessKey } from "#service/accessKeyStore.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Item, Table } from "#table/table.ts";
import { aSealingKey, aSecretBox, sealingKeys } from "../../support/sealing.ts";

const account = "111122223333";
const another = "444455556666";
const startMs = Date.UTC(2026, 0, 1);

function aNewKey(said: Partial<NewAccessKey> = {}): NewAccessKey {
  return {
    account,
    policy: everything,
    description: undefined,
    expiresInSeconds: undefined,
    ...said,
  };
}

const random = { hex: (bytes: number) => randomBytes(bytes).toString("hex") };

/** A table in memory, which says of itself that others may write it too. */
function aTable({ isShared = true } = {}): Table {
  const table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => startMs } });
  return {
    traits: { ...table.traits, isShared },
    blobs: table.blobs,
    get: (key) => table.get(key),
    getMany: (keys) => table.getMany(keys),
    query: (query) => table.query(query),
    write: (write) => table.write(write),
    writeMany: (writes) => table.writeMany(writes),
    transact: (writes) => table.transact(writes),
    close: () => table.close(),
  };
}

function aStore({ table = aTable(), box = aSecretBox() } = {}) {
  const clock = { ms: startMs, nowMs: () => clock.ms };
  return { store: new AccessKeyStore({ table, clock, random, box }), table, clock };
}

/** A second process on the table of the first. */
function anotherStore({ table, clock }: ReturnType<typeof aStore>): AccessKeyStore {
  return new AccessKeyStore({ table, clock, random, box: aSecretBox() });
}

/** The two items of a key, those of them that are there. */
async function itemsOf(table: Table, accessKeyId: string): Promise<readonly Item[]> {
  const own = await table.get({ pk: `key.${accessKeyId}`, sk: "key" });
  const listed = await table.get({ pk: `keys.${account}`, sk: accessKeyId });
  return [own, listed].filter((item) => item !== undefined);
}

describe("AccessKeyStore, createOnce", () => {
  it("tells of the same key to whoever asks under the same name", async () => {
    const { store, ...world } = aStore();
    const first = await store.createOnce("question 1", aNewKey());

    const again = await anotherStore({ store, ...world }).createOnce("question 1", aNewKey());

    expect(again).toEqual(first);
    expect(await store.list(account)).toHaveLength(1);
  });

  it("makes another key under another name", async () => {
    const { store } = aStore();
    const first = await store.createOnce("question 1", aNewKey());

    const second = await store.createOnce("question 2", aNewKey());

    expect(second.key.accessKeyId).not.toBe(first.key.accessKeyId);
    expect(second.key.accessKeyId).toMatch(/^MRAK[A-Z2-7]{16}$/);
  });
});

describe("AccessKeyStore, create", () => {
  it("makes an id like AWS's and a secret of forty characters", async () => {
    const { store } = aStore();

    const { key, secret, sessionToken } = await store.create(aNewKey());

    expect(key.accessKeyId).toMatch(/^MRAK[A-Z2-7]{16}$/);
    expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(sessionToken).toBeUndefined();
  });

  it("keeps the secret and the token out of the table", async () => {
    const { store, table } = aStore();

    const {
      key,
      secret,
      sessionToken = "",
    } = await store.create(aNewKey({ expiresInSeconds: 60 }));

    const stored = JSON.stringify(await itemsOf(table, key.accessKeyId));
    expect(sessionToken).toMatch(/^[A-Za-z0-9+/]{64}$/);
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(sessionToken);
    expect(stored).not.toContain(Buffer.from(secret).toString("base64url"));
  });

  it("makes temporary credentials that the table may drop in time", async () => {
    const { store, table } = aStore();

    const { key, sessionToken = "" } = await store.create(aNewKey({ expiresInSeconds: 3600 }));

    expect(key.session).toEqual({
      tokenSha256: createHash("sha256").update(sessionToken).digest("hex"),
      expiresAtMs: startMs + 3_600_000,
    });
    const weekLater = startMs / 1000 + 3600 + 7 * 86_400;
    const items = await itemsOf(table, key.accessKeyId);
    expect(items.map(({ x }) => x)).toEqual([weekLater, weekLater]);
  });

  it("refuses to put a key in the place of another", async () => {
    const { table, clock } = aStore();
    const always = { hex: (bytes: number) => "ab".repeat(bytes) };
    const store = new AccessKeyStore({ table, clock, random: always, box: aSecretBox() });
    await store.create(aNewKey());

    await expect(store.create(aNewKey({ description: "again" }))).rejects.toThrow(/exists already/);
  });
});

describe("AccessKeyStore, find", () => {
  it("finds a key with its secret and all that was said of it", async () => {
    const { store } = aStore();
    const policy = { actions: ["SendMessage"], queues: ["orders-*"] };
    const { key, secret } = await store.create(aNewKey({ policy, description: "web" }));

    const found = await store.find(key.accessKeyId);

    expect(found).toEqual({ ...key, secret });
    expect(found).toMatchObject({ account, policy, description: "web", createdAtMs: startMs });
  });

  it.each(["MRAKAAAAAAAAAAAAAAAA", "", "key", "../key", "mrakaaaaaaaaaaaaaaaa", "A".repeat(3000)])(
    "finds nothing under %j",
    async (id) => {
      expect(await aStore().store.find(id)).toBeUndefined();
    },
  );

  it.each([true, false])(
    "believes a key for two seconds on a shared table, else on (%s)",
    async (isShared) => {
      const setting = aStore({ table: aTable({ isShared }) });
      const { key } = await setting.store.create(aNewKey());
      await setting.store.find(key.accessKeyId);
      await anotherStore(setting).setEnabled(account, key.accessKeyId, false);

      setting.clock.ms += 1999;
      const before = await setting.store.find(key.accessKeyId);
      setting.clock.ms += 1;
      const after = await setting.store.find(key.accessKeyId);

      expect(before).toBeDefined();
      expect(after === undefined).toBe(isShared);
    },
  );

  it("finds a key that another process has made or enabled, at once", async () => {
    const setting = aStore();
    const { key } = await anotherStore(setting).create(aNewKey());
    await setting.store.setEnabled(account, key.accessKeyId, false);
    const disabled = await setting.store.find(key.accessKeyId);

    await anotherStore(setting).setEnabled(account, key.accessKeyId, true);

    expect(disabled).toBeUndefined();
    expect(await setting.store.find(key.accessKeyId)).toBeDefined();
  });

  it("does not remember what it read before the key was disabled", async () => {
    const inner = aTable({ isShared: false });
    const late = Promise.withResolvers<void>();
    const get: Table["get"] = async (key) => {
      const item = await inner.get(key);
      await late.promise;
      return item;
    };
    const { store } = aStore({ table: { ...inner, get } });
    const { key } = await store.create(aNewKey());

    const finding = store.find(key.accessKeyId);
    await store.setEnabled(account, key.accessKeyId, false);
    late.resolve();

    expect(await finding).toBeDefined();
    expect(await store.find(key.accessKeyId)).toBeUndefined();
  });

  it.each<[string, (item: Item) => Item]>([
    ["account", (item) => ({ ...item, a: another })],
    [
      "policy",
      (item) => ({ ...item, k: String(item["k"]).replace('"queues":["a"]', '"queues":["*"]') }),
    ],
    ["id", (item) => ({ ...item, pk: "key.MRAKAAAAAAAAAAAAAAAA" })],
    ["sealed secret", (item) => ({ ...item, s: `${String(item["s"]).slice(0, -4)}AAAA` })],
  ])(
    "does not open the secret of a key whose %s was changed in the table",
    async (_name, change) => {
      const { store, table } = aStore();
      const policy = { actions: ["*"], queues: ["a"] };
      const { key, secret } = await store.create(aNewKey({ policy }));
      const [item] = await itemsOf(table, key.accessKeyId);
      const changed = change(item ?? { pk: "", sk: "" });
      await table.write({ kind: "put", item: changed });
      const id = changed.pk.slice("key.".length);

      const error: unknown = await store.find(id).catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(Error);
      expect(inspect(error)).toContain(`cannot open the secret of access key ${id}`);
      expect(inspect(error)).not.toContain(secret);
    },
  );

  it("says which sealing key is missing", async () => {
    const { table, store } = aStore();
    const { key } = await store.create(aNewKey());
    const other = aStore({ table, box: aSecretBox(sealingKeys(aSealingKey(8))) });

    const error: unknown = await other.store
      .find(key.accessKeyId)
      .catch((thrown: unknown) => thrown);

    expect(inspect(error)).toContain(`sealed under key ${aSealingKey().id}`);
  });
});

describe("AccessKeyStore, list", () => {
  it("lists an account's keys, the oldest first, over several pages", async () => {
    const { store, clock } = aStore();
    const ids: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      clock.ms += 1;
      ids.push((await store.create(aNewKey())).key.accessKeyId);
      if (i % 10 === 0) await store.create(aNewKey({ account: another }));
    }

    expect((await store.list(account)).map(({ accessKeyId }) => accessKeyId)).toEqual(ids);
    expect(await store.list(another)).toHaveLength(6);
    expect(await store.list("000000000000")).toEqual([]);
  });

  it("shows no secret", async () => {
    const { store } = aStore();
    const { secret } = await store.create(aNewKey());

    const listed = inspect(await store.list(account), { depth: 9 });

    expect(listed).not.toContain(secret);
    expect(listed).not.toMatch(/1\.[0-9a-f]{16}\./);
  });

  it.each([false, true])("knows whether there is any key (%s)", async (isThere) => {
    const { store } = aStore();
    await store.create(aNewKey({ account: isThere ? account : another }));

    expect(await store.hasAny(account)).toBe(isThere);
  });
});

describe("AccessKeyStore, setEnabled and delete", () => {
  it("stops a key in its own process at once, and starts it again", async () => {
    const { store } = aStore();
    const { key } = await store.create(aNewKey());
    await store.find(key.accessKeyId);

    expect(await store.setEnabled(account, key.accessKeyId, false)).toBe(true);
    expect(await store.find(key.accessKeyId)).toBeUndefined();
    expect(await store.list(account)).toMatchObject([{ isEnabled: false }]);
    expect(await store.setEnabled(account, key.accessKeyId, true)).toBe(true);
    expect(await store.find(key.accessKeyId)).toMatchObject({ isEnabled: true });
  });

  it("deletes a key and leaves nothing of it", async () => {
    const { store, table } = aStore();
    const { key } = await store.create(aNewKey());
    await store.find(key.accessKeyId);

    expect(await store.delete(account, key.accessKeyId)).toBe(true);

    expect(await store.find(key.accessKeyId)).toBeUndefined();
    expect(await itemsOf(table, key.accessKeyId)).toEqual([]);
    expect(await store.delete(account, key.accessKeyId)).toBe(false);
  });

  it("lists no key that was deleted by half", async () => {
    const { store, table } = aStore();
    const { key } = await store.create(aNewKey());

    await table.write({
      kind: "delete",
      key: { pk: `key.${key.accessKeyId}`, sk: "key" },
      when: [],
    });

    expect(await store.list(account)).toEqual([]);
  });

  it("leaves alone what is another account's, or no key", async () => {
    const { store } = aStore();
    const { key } = await store.create(aNewKey({ account: another }));

    for (const id of [key.accessKeyId, "MRAKAAAAAAAAAAAAAAAA", "", "key"]) {
      expect(await store.setEnabled(account, id, false)).toBe(false);
      expect(await store.delete(account, id)).toBe(false);
    }

    expect(await store.find(key.accessKeyId)).toBeDefined();
  });
});

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type SealingKey, type SealingKeys, sealingKey } from "#service/sealingKeys.ts";
import { aSealingKey, aSecretBox, sealingKeys } from "../../support/sealing.ts";

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/** A key management service: it opens the data keys that it has wrapped, and is asked over a net. */
class FakeKms {
  opened = 0;

  wrap(bytes: Uint8Array): Uint8Array {
    return bytes.map((byte) => byte ^ 0x5a);
  }

  async decrypt(wrapped: Uint8Array): Promise<Uint8Array> {
    this.opened += 1;
    return this.wrap(wrapped);
  }
}

/** How sealing keys come from such a service: each data key is opened once and kept. */
function kmsSealingKeys(kms: FakeKms, wrapped: Uint8Array): SealingKeys {
  let key: Promise<SealingKey> | undefined;
  const current = () => {
    key ??= kms.decrypt(wrapped).then(sealingKey);
    return key;
  };
  const find = async (id: string) => {
    const known = await current();
    return known.id === id ? known : undefined;
  };
  return { current, find };
}

describe("SecretBox", () => {
  it("opens what it sealed", async () => {
    const box = aSecretBox();

    const sealed = await box.seal(secret, "key 1");

    expect(sealed).toMatch(/^1\.[0-9a-f]{16}\.[\w-]{16}\.[\w-]{75}$/);
    expect(sealed).not.toContain(secret);
    expect(await box.open(sealed, "key 1")).toBe(secret);
  });

  it("seals the same secret differently each time", async () => {
    const box = aSecretBox();

    expect(await box.seal(secret, "a")).not.toBe(await box.seal(secret, "a"));
  });

  it("opens an empty secret, and one that is not ASCII", async () => {
    const box = aSecretBox();

    expect(await box.open(await box.seal("", "a"), "a")).toBe("");
    expect(await box.open(await box.seal("é€😀", "a"), "a")).toBe("é€😀");
  });

  it("does not open what is bound to something else", async () => {
    const box = aSecretBox();
    const sealed = await box.seal(secret, "key 1");

    await expect(box.open(sealed, "key 2")).rejects.toThrow(
      "altered, or is not what it is bound to",
    );
  });

  it("does not open what was altered in any character", async () => {
    const box = aSecretBox();
    const sealed = await box.seal(secret, "a");

    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === "b" ? "c" : "b";
      const altered = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`;
      const isSame = Buffer.from(altered.slice(36), "base64url").equals(
        Buffer.from(sealed.slice(36), "base64url"),
      );
      // The last character of base64 may hold bits that say nothing.
      if (at > 35 && isSame) continue;
      await expect(box.open(altered, "a"), altered).rejects.toThrow(/sealed/);
    }
  });

  it.each([
    ["", /version 1/],
    ["1", /key , which/],
    ["1.aa..", /key aa, which/],
    ["2.a.b.c", /version 1/],
  ])("does not open %j", async (sealed, problem) => {
    await expect(aSecretBox().open(sealed, "a")).rejects.toThrow(problem);
  });

  it("does not open what is too short to be sealed", async () => {
    const { id } = aSealingKey();

    await expect(aSecretBox().open(`1.${id}.AAAA.AAAA`, "a")).rejects.toThrow(/altered/);
  });

  it("names the key that is missing, and nothing secret", async () => {
    const sealed = await aSecretBox().seal(secret, "a");
    const other = aSecretBox(sealingKeys(aSealingKey(8)));

    const error: unknown = await other.open(sealed, "a").catch((thrown: unknown) => thrown);

    expect(inspect(error)).toContain(`key ${aSealingKey().id}, which is not among the keys given`);
    expect(inspect(error)).not.toContain("wJalr");
  });

  it("seals under a new key and opens what the old one sealed", async () => {
    const [old, fresh] = [aSealingKey(7), aSealingKey(8)];
    const sealed = await aSecretBox(sealingKeys(old)).seal(secret, "a");
    const box = aSecretBox(sealingKeys(fresh, old));

    expect(await box.open(sealed, "a")).toBe(secret);
    expect(await box.seal(secret, "a")).toMatch(new RegExp(`^1\\.${fresh.id}\\.`));
  });

  it("works under a data key that a key management service opens, and asks it once", async () => {
    const kms = new FakeKms();
    const box = aSecretBox(kmsSealingKeys(kms, kms.wrap(new Uint8Array(32).fill(9))));

    const sealed = await box.seal(secret, "a");

    expect(await box.open(sealed, "a")).toBe(secret);
    expect(kms.opened).toBe(1);
  });

  it("passes on that the keys cannot be had", async () => {
    const broken = () => Promise.reject(new Error("no network"));
    const box = aSecretBox({ current: broken, find: broken });

    await expect(box.seal(secret, "a")).rejects.toThrow("no network");
    await expect(box.open("1.a.b.c", "a")).rejects.toThrow("no network");
  });
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contentDeduplicationId,
  md5OfAttributes,
  md5OfText,
  md5OfTraceHeader,
} from "#engine/digests.ts";
import type { StoredAttribute } from "#engine/messageAttributes.ts";

type Attributes = Readonly<Record<string, StoredAttribute>>;

const string = (text: string): StoredAttribute => ({ dataType: "String", text });
const digest = (attributes: Attributes) => md5OfAttributes(new Map(Object.entries(attributes)));

describe("md5OfText", () => {
  it.each([
    ["hello", "5d41402abc4b2a76b9719d911017c592"],
    ["Grüße, 世界 😀", "93db5baa80a64ccbd08617f4ebcb96a5"],
    ["line1\r\n\tline2", "a47cfd55f1c48229649b55919e310b64"],
  ])("of %j is %s", (text, md5) => {
    expect(md5OfText(text)).toBe(md5);
  });
});

describe("contentDeduplicationId", () => {
  it("is the SHA-256 of the body", () => {
    expect(contentDeduplicationId("hello")).toBe(
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    );
  });
});

describe("md5OfAttributes", () => {
  const kenobi = {
    "Help.Me": string("Me"),
    Hello: string("There"),
    General: string("Kenobi"),
  };

  it.each<[md5: string, attributes: Attributes]>([
    [
      "d838729972a4b70e2d2acd9d59ac847c",
      {
        color: string("blue"),
        count: { dataType: "Number", text: "3" },
        blob: { dataType: "Binary", bytes: Uint8Array.of(1, 2, 3) },
      },
    ],
    [
      "235c5c510d26fb653d073faed50ae77c",
      { timestamp: { dataType: "Number", text: "1493147359900" } },
    ],
    [
      "e9e76de07878f3e22b410d8e69daa9b0",
      {
        price: { dataType: "Number.float", text: "10.50" },
        Zeta: string("é"),
        img: { dataType: "Binary.png", bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) },
      },
    ],
    ["a45daa70926828a2f0a1db3418e6feb4", { k: string("x") }],
    ["ae7155c6026991b6d54b11589678bf9c", { Foo: string("Bar") }],
    ["adb59cd4678ea5a855436b949cd07ab6", { MyAttribute: string("foobar") }],
    ["da1b33cc3cbfe8b1630921e78e6b9880", { color: string("blue") }],
    ["4c360f3fdafd970e05fae2f149d997f5", kenobi],
    ["fca026605781cb4126a1e9044df24232", { Hello: kenobi.Hello, General: kenobi.General }],
    ["83fee93c1bcd8b9a5a923ffacdc636c7", { Hello: kenobi.Hello, "Help.Me": kenobi["Help.Me"] }],
    ["a311262e065454b75da111d535b8dacd", { Hello: kenobi.Hello }],
    [
      "8cbe4db156db8a94db8b801b7addb984",
      {
        attr1: {
          dataType: "Binary",
          bytes: Buffer.from(
            "traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01",
          ),
        },
      },
    ],
  ])("is %s", (md5, attributes) => {
    expect(digest(attributes)).toBe(md5);
  });

  it("has no digest of nothing", () => {
    expect(() => digest({})).toThrow("a digest of no attributes is never sent");
  });

  it("agrees with the description, written out in hexadecimal", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
    const label = fc.stringMatching(/^\.[a-z]{1,5}$/);
    const typed = (...types: string[]) =>
      fc
        .tuple(fc.constantFrom(...types), fc.option(label, { nil: "" }))
        .map(([type, suffix]) => type + suffix);
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    const attribute = fc.oneof(
      fc.record({ dataType: typed("String", "Number"), text }),
      fc.record({ dataType: typed("Binary"), bytes: fc.uint8Array({ minLength: 1 }) }),
    );
    const attributes = fc.array(fc.tuple(name, attribute), { minLength: 1, maxLength: 10 });

    fc.assert(
      fc.property(attributes, (entries) => {
        const map = new Map<string, StoredAttribute>(entries);

        expect(md5OfAttributes(map)).toBe(slowDigest(map));
        expect(md5OfAttributes(new Map([...map].reverse()))).toBe(slowDigest(map));
      }),
    );
  });
});

/** Spec section 5.1, sentence by sentence. */
function slowDigest(attributes: ReadonlyMap<string, StoredAttribute>): string {
  const measured = (bytes: Uint8Array) =>
    bytes.length.toString(16).padStart(8, "0") + Buffer.from(bytes).toString("hex");
  const names = [...attributes.keys()].sort((one, other) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  );
  let hex = "";
  for (const name of names) {
    const value = attributes.get(name) ?? { dataType: "", text: "" };
    hex += measured(Buffer.from(name)) + measured(Buffer.from(value.dataType));
    hex += value.dataType.startsWith("Binary") ? "02" : "01";
    hex += measured("bytes" in value ? value.bytes : Buffer.from(value.text));
  }
  return createHash("md5").update(hex, "hex").digest("hex");
}

describe("md5OfTraceHeader", () => {
  it.each([
    [
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
      "5ae4d5d7636402d80f4eb6d213245a88",
    ],
    ["Root=1-5759e988-bd862e3fe1be46a994272793", "62a56dd927315f2b2e12832b84617ea5"],
    ["x", "954cb67abf756a1de155f0cbd93b1cd3"],
  ])("of %s is %s", (header, md5) => {
    expect(md5OfTraceHeader(header)).toBe(md5);
  });
});

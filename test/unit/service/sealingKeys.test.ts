import { describe, expect, it } from "vitest";
import { keyFileText, readKeyFile, sealingKey } from "#service/sealingKeys.ts";

const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

describe("sealingKey", () => {
  it("has an id that tells keys apart and holds nothing of them", () => {
    expect(sealingKey(one).id).toMatch(/^[0-9a-f]{16}$/);
    expect(sealingKey(one).id).toBe(sealingKey(new Uint8Array(32).fill(1)).id);
    expect(sealingKey(one).id).not.toBe(sealingKey(two).id);
    expect(sealingKey(one).id).not.toContain("0101");
  });
});

describe("readKeyFile", () => {
  it("reads what keyFileText writes", () => {
    expect(readKeyFile(keyFileText(one)).map(({ id }) => id)).toEqual([sealingKey(one).id]);
  });

  it("reads several keys in their order, between blank lines and comments", () => {
    const text = `# new\r\n  ${base64(two)}  \r\n\n# old\n${base64(one)}`;

    expect(readKeyFile(text).map(({ id }) => id)).toEqual([sealingKey(two).id, sealingKey(one).id]);
  });

  it.each([
    ["nothing", "", "got none"],
    ["comments only", "# a\n", "got none"],
    ["too few bytes", base64(one.subarray(1)), "expected line 1 to be 32 bytes in base64"],
    ["too many bytes", `# a\n${base64(new Uint8Array(33))}`, "expected line 2 to be"],
    ["hexadecimal", "01".repeat(32), "expected line 1 to be"],
    ["words", "correct horse battery staple", "expected line 1 to be"],
  ])("refuses %s, and does not repeat it", (_name, text, problem) => {
    expect(() => readKeyFile(text)).toThrow(problem);
    expect(() => readKeyFile(text)).not.toThrow(/AQEB|horse|0101/);
  });
});

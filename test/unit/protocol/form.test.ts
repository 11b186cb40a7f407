import { describe, expect, it } from "vitest";
import { type FormNode, formText, readForm, valueAt } from "#protocol/form.ts";
import { refusal } from "./queryCall.ts";

/** Names and values in the order in which they stand in the tree. */
function listed(node: FormNode, name = ""): readonly (readonly [string, string])[] {
  const own = (node.values ?? []).map((value) => [name, value] as const);
  const members = [...(node.members ?? [])].flatMap(([part, member]) =>
    listed(member, name === "" ? part : `${name}.${part}`),
  );
  return [...own, ...members];
}

const read = (...texts: readonly string[]) => listed(readForm(texts));

describe("readForm", () => {
  it.each([
    ["nothing", "", []],
    ["a parameter", "a=b", [["a", "b"]]],
    ["a parameter without a value", "a=", [["a", ""]]],
    ["a parameter without a sign", "a", [["a", ""]]],
    ["a value with signs", "a==b=", [["a", "=b="]]],
    [
      "ampersands around nothing",
      "&&a=b&&c=d&",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["a plus for a space", "a+b=c++d", [["a b", "c  d"]]],
    ["a plus that is escaped", "a%2Bb=%2b", [["a+b", "+"]]],
    ["percent sequences in either case", "%61=%e2%82%AC", [["a", "€"]]],
    ["four bytes", "a=%F0%9F%98%80", [["a", "\u{1f600}"]]],
    ["a zero byte", "a=%00", [["a", "\0"]]],
    ["characters that nobody escaped", "a=é€\u{1f600}", [["a", "é€\u{1f600}"]]],
    ["a character that a value may hold bare", "a=b;c?d/e:f@g", [["a", "b;c?d/e:f@g"]]],
    [
      "escaped separators, which separate nothing",
      "a=b%26c%3Dd&e%2E1=f",
      [
        ["a", "b&c=d"],
        ["e.1", "f"],
      ],
    ],
  ])("reads %s", (_name, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it("goes on from one text to the next", () => {
    expect(read("a=1", "", "b=2&a=3")).toEqual([
      ["a", "1"],
      ["a", "3"],
      ["b", "2"],
    ]);
  });

  it("takes the parts of a name apart", () => {
    const form = readForm(["Tag.1.Key=k&Tag.1.Value=v&Tag=x"]);

    expect(form.members?.get("Tag")?.values).toEqual(["x"]);
    expect(form.members?.get("Tag")?.members?.get("1")?.members?.get("Value")?.values).toEqual([
      "v",
    ]);
  });

  it("reaches no prototype, whatever a name is made of", () => {
    const form = readForm(["__proto__.polluted=1&constructor.prototype.polluted=1&toString=1"]);

    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(form.members?.get("__proto__")?.members?.get("polluted")?.values).toEqual(["1"]);
    expect(form.members?.get("valueOf")).toBeUndefined();
  });

  it.each([
    ["half a percent sequence", "a=100%"],
    ["a percent sequence of no bytes", "a=%zz"],
    ["a broken name", "%=a"],
    ["a byte that begins no character", "a=%ff"],
    ["half a character", "a=%e2%82"],
    ["a surrogate", "a=%ed%a0%80"],
  ])("refuses %s", (_name, text) => {
    expect(refusal(() => readForm([text]))).toEqual({
      error: "SerializationException",
      message: "Expected the request parameters to be UTF-8 in percent-encoding.",
    });
  });

  it("takes 10,000 parameters and no more", () => {
    expect(read("a=b&".repeat(10_000))).toHaveLength(10_000);
    expect(refusal(() => readForm(["a=b&".repeat(9_999), "a=b&a=b"]))).toEqual({
      error: "SerializationException",
      message: "Expected at most 10000 request parameters.",
    });
  });

  it("leaves out a name with more parts than any action knows", () => {
    expect(read("a.b.c.d.e.f.g=1&a.b.c.d.e.f.g.h=2&.......=3")).toEqual([["a.b.c.d.e.f.g", "1"]]);
  });

  it.each([
    ["ampersands", "&".repeat(7_000_000)],
    ["dots in a name", `${".".repeat(7_000_000)}=1`],
    ["escapes in a value", `a=${"%2B".repeat(2_300_000)}`],
    ["long names", `${"a".repeat(700)}=1&`.repeat(9_999)],
  ])("reads seven million bytes of %s without losing time", (_name, text) => {
    const startedAt = performance.now();

    readForm([text]);

    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("valueAt", () => {
  it.each([
    ["a", "2"],
    ["b", ""],
    ["c", undefined],
    ["d", undefined],
  ])("of %s is %j", (name, expected) => {
    expect(valueAt(readForm(["a=1&a=2&b&c.1=3"]), name)).toBe(expected);
  });
});

describe("formText", () => {
  it("reads UTF-8", () => {
    expect(formText(Buffer.from("a=é\u{1f600}"))).toBe("a=é\u{1f600}");
  });

  it.each([
    ["a byte that begins no character", Uint8Array.of(0x61, 0xff)],
    ["half a character", Buffer.from("é").subarray(0, -1)],
  ])("refuses %s, and reads well afterwards", (_name, bytes) => {
    expect(refusal(() => formText(bytes))).toEqual({
      error: "SerializationException",
      message: "Expected the request body to be UTF-8.",
    });
    expect(formText(Buffer.from("é"))).toBe("é");
  });
});

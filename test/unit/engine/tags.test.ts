import { describe, expect, it } from "vitest";
import { checkTagKeys, checkTags } from "#engine/tags.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const keyLength = "Tag keys must be between 1 and 128 characters in length.";
const alphabet = "Tag keys and values can only include letters, digits, spaces and _ . : / = + - @";

describe("checkTags", () => {
  it.each([
    ["key", "value"],
    ["key", ""],
    ["Größe 1", "世界"],
    ["_.:/=+-@", "_.:/=+-@"],
    ["xaws:", "aws:value"],
    ["𝒳".repeat(128), "𝒳".repeat(256)],
  ])("takes %s = %s", (key, value) => {
    const tags = new Map([[key, value]]);

    expect(checkTags(tags)).toBe(tags);
  });

  it("takes more than fifty", () => {
    const tags = new Map(Array.from({ length: 60 }, (_, index) => [`key${index}`, ""]));

    expect(checkTags(tags)).toBe(tags);
  });

  it.each([[undefined], [new Map()]])("needs one: %o", (tags) => {
    expect(refusalOf(() => checkTags(tags))).toEqual([
      "MissingRequiredParameterException",
      "The request must contain the parameter Tags.",
    ]);
  });

  it.each([
    ["", "value", keyLength],
    ["k".repeat(129), "value", keyLength],
    [
      "aws:key",
      "value",
      "Tag keys cannot begin with 'aws:'. This prefix is reserved for internal use.",
    ],
    [
      "AWS:key",
      "value",
      "Tag keys cannot begin with 'aws:'. This prefix is reserved for internal use.",
    ],
    ["key", "v".repeat(257), "Tag values must be between 0 and 256 characters in length."],
    ["key!", "value", alphabet],
    ["key", "a\nb", alphabet],
  ])("refuses %s = %s", (key, value, message) => {
    const tags = new Map([
      ["good", "tag"],
      [key, value],
    ]);

    expect(refusalOf(() => checkTags(tags))).toEqual(["InvalidParameterValueException", message]);
  });
});

describe("checkTagKeys", () => {
  it("takes keys that no tag can have: there is nothing to remove", () => {
    expect(checkTagKeys(["key", "aws:key", "!"])).toEqual(["key", "aws:key", "!"]);
  });

  it.each([[undefined], [[]]])("needs one: %o", (keys) => {
    expect(refusalOf(() => checkTagKeys(keys))).toEqual([
      "MissingRequiredParameterException",
      "The request must contain the parameter TagKeys.",
    ]);
  });

  it.each([[""], ["k".repeat(129)]])("refuses %j", (key) => {
    expect(refusalOf(() => checkTagKeys(["key", key]))).toEqual([
      "InvalidParameterValueException",
      keyLength,
    ]);
  });
});

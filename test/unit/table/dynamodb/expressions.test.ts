import { describe, expect, it } from "vitest";
import { deleteExpressions, patchExpressions } from "#table/dynamodb/expressions.ts";

describe("patchExpressions", () => {
  it("asks that the item exist, and gives each name and value a placeholder", () => {
    const expressions = patchExpressions(
      { size: 1, a: "x" },
      ["b"],
      [
        { attribute: "size", is: "equal", value: 0 },
        { attribute: "c", is: "prefixed", value: "t" },
        { attribute: "d", is: "absent" },
        { attribute: "e", is: "present" },
        { attribute: "f", is: "above", value: "u" },
      ],
    );

    expect(expressions).toEqual({
      UpdateExpression: "SET #0 = :0, #1 = :1 REMOVE #2",
      ConditionExpression:
        "attribute_exists(pk) AND #0 = :2 AND begins_with(#3, :3)" +
        " AND attribute_not_exists(#4) AND attribute_exists(#5) AND #6 > :4",
      ExpressionAttributeNames: {
        "#0": "size",
        "#1": "a",
        "#2": "b",
        "#3": "c",
        "#4": "d",
        "#5": "e",
        "#6": "f",
      },
      ExpressionAttributeValues: {
        ":0": 1,
        ":1": "x",
        ":2": 0,
        ":3": "t",
        ":4": "u",
      },
    });
  });

  it("leaves out what it does not need", () => {
    expect(patchExpressions({}, [], [])).toEqual({ ConditionExpression: "attribute_exists(pk)" });
  });
});

describe("deleteExpressions", () => {
  it("asks that the item exist", () => {
    expect(deleteExpressions([])).toEqual({ ConditionExpression: "attribute_exists(pk)" });
  });
});

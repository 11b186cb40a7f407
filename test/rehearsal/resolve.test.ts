import { describe, expect, it } from "vitest";
import { asText, deploymentOrder, Resolver } from "./template/resolve.ts";
import type { Template } from "./template/template.ts";

/** What `Fn::Sub` replaces. */
const the = (name: string): string => `\${${name}}`;

const template: Template = {
  Resources: {},
  Parameters: { Size: { Default: "7" } },
  Conditions: {
    IsHere: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] },
    IsThere: { "Fn::Not": [{ Condition: "IsHere" }] },
    Both: { "Fn::And": [{ Condition: "IsHere" }, { Condition: "IsThere" }] },
    Either: { "Fn::Or": [{ Condition: "IsHere" }, { Condition: "IsThere" }] },
  },
  Mappings: { Sizes: { "us-east-1": { small: 3 } } },
};

const resolver = new Resolver({
  template,
  pseudoParameters: { "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333" },
  deployed: new Map([["Table", { ref: "table-1", attributes: { Arn: "arn:t", "A.B": "deep" } }]]),
});

describe("the resolver of templates", () => {
  it.for<[name: string, value: unknown, expected: unknown]>([
    ["a reference", { Ref: "Table" }, "table-1"],
    ["a pseudo parameter", { Ref: "AWS::Region" }, "us-east-1"],
    ["a parameter's default", { Ref: "Size" }, "7"],
    ["an attribute", { "Fn::GetAtt": ["Table", "Arn"] }, "arn:t"],
    ["an attribute of an attribute", { "Fn::GetAtt": "Table.A.B" }, "deep"],
    ["a join", { "Fn::Join": ["/", ["a", { Ref: "Table" }]] }, "a/table-1"],
    [
      "a substitution",
      { "Fn::Sub": `${the("Table")}:${the("Table.Arn")}:${the("AWS::Region")}:${the("!no")}` },
      `table-1:arn:t:us-east-1:${the("no")}`,
    ],
    [
      "a substitution with variables",
      { "Fn::Sub": [`${the("x")}!`, { x: { Ref: "Table" } }] },
      "table-1!",
    ],
    ["a choice", { "Fn::Select": [1, { "Fn::Split": ["-", { Ref: "Table" }] }] }, "1"],
    ["a map", { "Fn::FindInMap": ["Sizes", { Ref: "AWS::Region" }, "small"] }, 3],
    ["a condition", { "Fn::If": ["IsHere", "yes", "no"] }, "yes"],
    ["a negation", { "Fn::If": ["IsThere", "yes", "no"] }, "no"],
    [
      "conditions together",
      { "Fn::If": ["Both", "yes", { "Fn::If": ["Either", "one", "no"] }] },
      "one",
    ],
    ["a property without a value", { a: 1, b: { Ref: "AWS::NoValue" } }, { a: 1 }],
    ["what is plain", [{ a: [1, "x", true] }], [{ a: [1, "x", true] }]],
  ])("puts in %s", ([, value, expected]) => {
    expect(resolver.resolve(value)).toEqual(expected);
  });

  it.for([{ Ref: "Nobody" }, { "Fn::GetAtt": ["Table", "None"] }, { "Fn::Cidr": [] }])(
    "refuses %o, which it cannot resolve",
    (value) => {
      expect(() => resolver.resolve(value)).toThrow("expected");
    },
  );
});

describe("the order of a deployment", () => {
  it("has everything after what it needs", () => {
    const order = deploymentOrder({
      Resources: {
        Sub: { Type: "T", Properties: { a: { "Fn::Sub": the("Function.Arn") } } },
        Function: { Type: "T", Properties: { a: { Ref: "Table" } }, DependsOn: ["Policy"] },
        Policy: { Type: "T", Properties: { a: { "Fn::GetAtt": ["Table", "Arn"] } } },
        Table: { Type: "T" },
      },
    });

    expect(order).toEqual(["Table", "Policy", "Function", "Sub"]);
  });

  it("is refused when there is none", () => {
    const Resources = {
      A: { Type: "T", DependsOn: "B" },
      B: { Type: "T", DependsOn: "A" },
    };

    expect(() => deploymentOrder({ Resources })).toThrow("expected no circle among A, B");
  });
});

it("gives a custom resource nothing but text", () => {
  expect(asText({ a: 1, b: [true, { c: "x" }] })).toEqual({ a: "1", b: ["true", { c: "x" }] });
});

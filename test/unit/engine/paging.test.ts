import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTokenFor, readPage } from "#engine/paging.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const binding = "prefix";
const refusal = (message: string) => ["InvalidParameterValueException", message];
const broken = refusal("Invalid or expired next token.");

describe("readPage", () => {
  it.each([
    [undefined, 1000],
    [1, 1],
    [1000, 1000],
  ])("with MaxResults %s gives up to %i", (maxResults, limit) => {
    expect(readPage({ maxResults, nextToken: undefined, binding })).toEqual({
      limit,
      after: undefined,
    });
  });

  it.each([[0], [-1], [1001], [1.5], [Number.NaN]])("refuses MaxResults %d", (maxResults) => {
    const nextToken = nextTokenFor(binding, "orders");

    expect(refusalOf(() => readPage({ maxResults, nextToken, binding }))).toEqual(
      refusal(
        "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
      ),
    );
  });

  it.each([[nextTokenFor(binding, "orders")], ["broken"], [""]])(
    "refuses the token %j without MaxResults",
    (nextToken) => {
      expect(refusalOf(() => readPage({ maxResults: undefined, nextToken, binding }))).toEqual(
        refusal("MaxResults is a mandatory parameter when you provide a value for NextToken."),
      );
    },
  );

  it.each([[""], ["broken"], ["%%%"], ["AAAA"], [btoa("orders")], [btoa("x".repeat(40))]])(
    "refuses the token %j",
    (nextToken) => {
      expect(refusalOf(() => readPage({ maxResults: 10, nextToken, binding }))).toEqual(broken);
    },
  );

  it("refuses a token of a call with other parameters", () => {
    const nextToken = nextTokenFor("other prefix", "orders");

    expect(refusalOf(() => readPage({ maxResults: 10, nextToken, binding }))).toEqual(
      refusal(
        "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.",
      ),
    );
  });

  it("goes on where the page before ended", () => {
    const text = fc.string({ unit: "grapheme" });
    const queueName = fc.stringMatching(/^[A-Za-z0-9_-]{1,75}(?:\.fifo)?$/);

    fc.assert(
      fc.property(text, queueName, (anyBinding, last) => {
        const nextToken = nextTokenFor(anyBinding, last);

        expect(nextToken).toMatch(/^[A-Za-z0-9+/]+=*$/);
        expect(readPage({ maxResults: 7, nextToken, binding: anyBinding })).toEqual({
          limit: 7,
          after: last,
        });
      }),
    );
  });

  it("refuses a token in which anything was changed", () => {
    const change = fc.record({
      last: fc.string(),
      at: fc.nat(),
      removed: fc.nat({ max: 3 }),
      added: fc.string({ maxLength: 3 }),
    });

    fc.assert(
      fc.property(change, ({ last, at, removed, added }) => {
        const token = nextTokenFor(binding, last);
        const from = at % (token.length + 1);
        const nextToken = token.slice(0, from) + added + token.slice(from + removed);
        fc.pre(nextToken !== token);

        expect(refusalOf(() => readPage({ maxResults: 10, nextToken, binding }))).toEqual(broken);
      }),
    );
  });
});

import { expect, it } from "vitest";
import { answerUnserved } from "#protocol/unserved.ts";

it("answerUnserved answers like SQS where no action is named, 404", () => {
  expect(answerUnserved("r")).toEqual({
    status: 404,
    headers: { "x-amzn-RequestId": "r", "Content-Type": "text/xml" },
    body: "<UnknownOperationException/>",
  });
});

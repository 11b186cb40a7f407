import { describe } from "vitest";
import { describeAllOfSqs } from "../compatibility/describeSqs.ts";
import { rehearsedSqsTest } from "./rehearsedSqs.ts";

const it = rehearsedSqsTest("Query");

describe("SQS in Query at the URL of a tenant", () => {
  describeAllOfSqs(it, "Query");
});

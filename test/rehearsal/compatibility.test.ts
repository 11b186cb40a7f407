import { describe } from "vitest";
import { describeAllOfSqs } from "../compatibility/describeSqs.ts";
import { rehearsedSqsTest } from "./rehearsedSqs.ts";

const it = rehearsedSqsTest("JSON");

describe("SQS in JSON at the URL of a tenant", () => {
  describeAllOfSqs(it, "JSON");
});

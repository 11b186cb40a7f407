import { describe } from "vitest";
import { describeAllOfFifo } from "../compatibility/fifoSuite.ts";
import { rehearsedSqsTest } from "./rehearsedSqs.ts";

const it = rehearsedSqsTest("JSON");

describe("FIFO queues in JSON at the URL of a tenant", () => {
  describeAllOfFifo(it);
});

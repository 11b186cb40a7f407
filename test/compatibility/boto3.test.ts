import { afterAll, describe, expect, test } from "vitest";
import { runAt, whyNoBoto3 } from "../support/otherClients.ts";
import { MillraceProcess } from "../unit/bin/millraceProcess.ts";

const missing = whyNoBoto3();
const server =
  missing === undefined ? new MillraceProcess(["--port", "0", "--data", ":memory:"]) : undefined;
const url = (await server?.url) ?? "";

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** Each is a program of its own, which fails where it finds something else than at AWS. */
const programs = [
  ["sends and receives with attributes of every type", "sendAndReceive.py"],
  ["works through many messages in batches", "batches.py"],
  ["catches errors by class and by code", "errors.py"],
  ["finds in the dead-letter queue what was received too often", "deadLetters.py"],
  ["waits for messages, and pages through queues", "longPolling.py"],
] as const;

describe("boto3", { concurrent: true, timeout: 60_000 }, () => {
  test.for(programs)("%s", async ([, program], { skip }) => {
    skip(missing !== undefined, missing);

    const ended = await runAt(url, "python3", [`test/compatibility/boto3/${program}`]);

    expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

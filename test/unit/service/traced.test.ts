import { describe, expect, it } from "vitest";
import { jsonLog } from "#service/log.ts";
import type { Handle } from "#service/service.ts";
import { traced } from "#service/traced.ts";
import { aJsonCall } from "../protocol/aRequest.ts";

function aTrace(handle: Handle) {
  const lines: string[] = [];
  let nowMs = 0;
  const clock = {
    nowMs: () => {
      nowMs += 5;
      return nowMs;
    },
  };
  const log = jsonLog({ level: "debug", clock, write: (line) => lines.push(line) });
  return { lines, handle: traced(handle, { log, clock }) };
}

describe("traced", () => {
  const refused = {
    status: 400,
    headers: { "x-amzn-RequestId": "r", "x-amzn-query-error": "MalformedInput;Sender" },
    body: "secret answer",
  };

  it("passes on request and answer, and logs what may be known of them", async () => {
    const { handle, lines } = aTrace(async () => refused);
    const request = aJsonCall("SendMessage", "secret", {
      path: "/000000000000/orders",
      query: "X-Amz-Signature=secret",
      headers: { authorization: "secret" },
    });

    const answer = await handle(request, new AbortController().signal);

    expect(answer).toBe(refused);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: "1970-01-01T00:00:00.015Z",
        level: "debug",
        event: "request.answered",
        requestId: "r",
        method: "POST",
        path: "/000000000000/orders",
        target: "AmazonSQS.SendMessage",
        status: 400,
        error: "MalformedInput;Sender",
        durationMs: 5,
        hasHungUp: false,
      },
    ]);
    expect(lines.join("")).not.toContain("secret");
  });

  it("tells that the caller hung up", async () => {
    const { handle, lines } = aTrace(async () => refused);

    await handle(aJsonCall("ReceiveMessage"), AbortSignal.abort());

    expect(JSON.parse(lines.join(""))).toMatchObject({ hasHungUp: true });
  });
});

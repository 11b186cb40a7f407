import { describe, expect, it } from "vitest";
import { reportOf } from "./report.ts";

const [lost, other] = [
  "019b76da-b8a4-7000-8f2b-aa1e27a1cf00",
  "019b76da-b8a4-7000-8f2b-aa1e27a1cf01",
];

describe("the report of a seed", () => {
  it("is empty when nothing was found", async () => {
    const outcome = { findings: [], history: ["1 calm"], met: {} };

    expect((await reportOf("fifo-box", 7, async () => outcome)).report).toEqual([]);
  });

  it("has the seed, what cannot be, and what happened to the messages that it is about", async () => {
    const history = [
      `1 c0 sent c0-1 to group-0: ${lost}`,
      `2 c1 sent c1-1 to group-0: ${other}`,
      "3 a process dies",
      "4 c0 received c1-1 from source",
      "5 c0 received c0-11,c0-1 from source",
      `6 log: message.lost {"messageId":"${lost}"}`,
      "7 calm",
    ];
    const outcome = { findings: [`${lost} was lost`], history, met: {} };

    const { report } = await reportOf("fifo-box", 7, async () => outcome);

    expect(report).toEqual([
      "fifo-box, seed 7",
      `${lost} was lost`,
      ...[0, 2, 4, 5, 6].map((line) => history[line]),
    ]);
  });

  it("knows a message by what its sender calls it", async () => {
    const history = [
      `1 c0 sent c0-1 to group-0: ${lost}`,
      `2 a poller deleted ${lost}`,
      "3 c0 failed",
    ];
    const outcome = { findings: ["c0-2 overtook c0-1"], history, met: {} };

    const { report } = await reportOf("fifo-box", 7, async () => outcome);

    expect(report.slice(2)).toEqual(history.slice(0, 2));
  });

  it("ends with the last that happened when no message is named", async () => {
    const history = Array.from({ length: 100 }, (_, index) => `${index} something`);
    const outcome = { findings: ["a message waited 9000 ms"], history, met: {} };

    const { report } = await reportOf("fifo-box", 7, async () => outcome);

    expect(report.slice(2)).toEqual(history.slice(-60));
  });
});

import { describe, expect, it } from "vitest";
import { type PollRequest, pollHelpText, readPollCommand } from "#service/pollCommand.ts";

const least = ["--queue", "orders", "--exec", "cat"];

const defaults: PollRequest = {
  queue: "orders",
  endpoint: undefined,
  worker: { kind: "exec", command: "cat" },
  settings: {
    batchSize: 10,
    batchWindowSeconds: 0,
    concurrencyMax: 5,
    reportsBatchItemFailures: true,
    waitSeconds: 20,
  },
  isOnce: false,
  timeoutSeconds: 900,
  graceSeconds: 30,
  logLevel: "info",
};

describe("readPollCommand", () => {
  it("takes a queue and a worker for enough", () => {
    expect(readPollCommand(least, {})).toEqual({ kind: "poll", request: defaults });
  });

  it("reads every flag", () => {
    const argv = [
      ...["--queue", "https://queues.example/1/orders", "--url", "http://127.0.0.1:8080/work"],
      ...["--batch-size", "10000", "--batch-window", "300", "--concurrency", "1000"],
      ...["--visibility", "43200", "--retry", "60", "--wait", "0", "--timeout", "43200"],
      ...["--grace", "0", "--once", "--log-level", "debug"],
    ];

    expect(readPollCommand(argv, {})).toEqual({
      kind: "poll",
      request: {
        queue: "https://queues.example/1/orders",
        endpoint: "https://queues.example",
        worker: { kind: "url", url: "http://127.0.0.1:8080/work" },
        settings: {
          batchSize: 10_000,
          batchWindowSeconds: 300,
          concurrencyMax: 1000,
          reportsBatchItemFailures: true,
          waitSeconds: 0,
          visibilityTimeoutSeconds: 43_200,
          retrySeconds: 60,
        },
        isOnce: true,
        timeoutSeconds: 43_200,
        graceSeconds: 0,
        logLevel: "debug",
      },
    });
  });

  it("reads every flag's variable", () => {
    const env = {
      MILLRACE_QUEUE: "orders",
      MILLRACE_EXEC: "cat",
      MILLRACE_ENDPOINT: "https://queues.example",
      MILLRACE_BATCH_SIZE: "1",
      MILLRACE_BATCH_WINDOW: "2",
      MILLRACE_CONCURRENCY: "3",
      MILLRACE_VISIBILITY: "4",
      MILLRACE_RETRY: "65",
      MILLRACE_WAIT: "6",
      MILLRACE_TIMEOUT: "7",
      MILLRACE_GRACE: "8",
      MILLRACE_ONCE: "true",
      MILLRACE_LOG_LEVEL: "warn",
    };

    expect(readPollCommand([], env)).toEqual({
      kind: "poll",
      request: {
        queue: "orders",
        endpoint: "https://queues.example",
        worker: { kind: "exec", command: "cat" },
        settings: {
          batchSize: 1,
          batchWindowSeconds: 2,
          concurrencyMax: 3,
          reportsBatchItemFailures: true,
          waitSeconds: 6,
          visibilityTimeoutSeconds: 4,
          retrySeconds: 65,
        },
        isOnce: true,
        timeoutSeconds: 7,
        graceSeconds: 8,
        logLevel: "warn",
      },
    });
  });

  it.each([
    ["a URL by its variable", ["--queue", "a"], { MILLRACE_URL: "http://a" }, "http://a"],
    [
      "a flag over its variable",
      ["--queue", "a", "--url", "http://b"],
      { MILLRACE_URL: "http://a" },
      "http://b",
    ],
    [
      "an empty variable as none",
      ["--queue", "a", "--url", "http://c"],
      { MILLRACE_EXEC: "" },
      "http://c",
    ],
  ])("takes %s", (_, argv, env, url) => {
    expect(readPollCommand(argv, env)).toMatchObject({
      request: { worker: { kind: "url", url } },
    });
  });

  it.each([
    [{ MILLRACE_WAIT: "x" }, "expected MILLRACE_WAIT to be 0 to 20, got x"],
    [{ MILLRACE_ONCE: "yes" }, "expected MILLRACE_ONCE to be true or false, got yes"],
    [{ MILLRACE_URL: "http://a" }, "expected one of --exec and MILLRACE_URL, got both"],
    [
      { MILLRACE_ONCE: "1", MILLRACE_RETRY: "5" },
      "expected MILLRACE_RETRY to be at least 60 with MILLRACE_ONCE, got 5",
    ],
  ])("refuses %j", (env, problem) => {
    expect(readPollCommand(least, env)).toEqual({ kind: "refused", problems: [problem] });
  });

  it("waits less where it is to leave an empty queue", () => {
    const command = readPollCommand([...least, "--once"], {});

    expect(command).toMatchObject({ request: { settings: { waitSeconds: 1 } } });
  });

  it.each([
    [[], "expected --queue to be the name of a queue, or its URL, got nothing"],
    [[], "expected one of --exec and --url, got neither"],
    [[...least, "--url", "http://a"], "expected one of --exec and --url, got both"],
    [["--queue", "a/b"], "expected --queue to be the name of a queue, or its URL, got a/b"],
    [["--exec", " "], "expected --exec to be a command, got  "],
    [["--url", "a:1"], "expected --url to be an http or https URL, got a:1"],
    [[...least, "--endpoint", "x"], "expected --endpoint to be an http or https URL, got x"],
    [[...least, "--batch-size", "1e3"], "expected --batch-size to be 1 to 10000, got 1e3"],
    [[...least, "--batch-window", "301"], "expected --batch-window to be 0 to 300, got 301"],
    [[...least, "--concurrency", "0"], "expected --concurrency to be 1 to 1000, got 0"],
    [[...least, "--visibility", "0"], "expected --visibility to be 1 to 43200, got 0"],
    [[...least, "--retry=-1"], "expected --retry to be 0 to 43200, got -1"],
    [[...least, "--once", "--retry", "5"], "expected --retry to be at least 60 with --once, got 5"],
    [[...least, "--wait", "21"], "expected --wait to be 0 to 20, got 21"],
    [[...least, "--timeout"], "expected --timeout to be 1 to 43200, got nothing"],
    [[...least, "--log-level", "loud"], "expected --log-level to be one of debug"],
    [["orders"], "expected flags only after poll, got orders"],
    [[...least, "--ones"], "expected a flag that poll --help names, got --ones"],
    [
      ["--queue", "orders.fifo", "--exec", "cat", "--batch-size", "11"],
      "expected the batch size of a FIFO queue to be 1 to 10, got 11",
    ],
  ])("refuses %j", (argv, problem) => {
    const command = readPollCommand(argv, {});

    expect(command.kind === "refused" && command.problems.join("\n")).toContain(problem);
  });

  it("answers --help whatever else is wrong", () => {
    expect(readPollCommand(["--batch-size", "x", "--help"], {})).toEqual({ kind: "help" });
    expect(pollHelpText()).toContain("--batch-window SECONDS");
    expect(pollHelpText()).toContain("is MILLRACE_BATCH_SIZE.\nCredentials and region come from");
  });
});

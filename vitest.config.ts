import { defineConfig } from "vitest/config";
import { SkippedTests } from "./test/house/skippedTests.ts";

const isCi = process.env["CI"] !== undefined;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A process for each file: no database handle, child process or port outlives its own file.
    pool: "forks",
    // What hangs is ended; nothing is timed. On a busy machine all takes several times as long.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    reporters: [
      "default",
      new SkippedTests(),
      // `.ci/run` counts from this file.
      ...(isCi ? [["json", { outputFile: ".cache/vitest.json" }] as const] : []),
    ],
  },
});

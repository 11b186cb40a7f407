import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformanceLacks } from "./conformanceLacks.ts";
import { conformancePage, type TestRun } from "./conformancePage.ts";

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    /** The test file. */
    readonly name: string;
    readonly assertionResults: readonly TestRun[];
  }[];
}

/**
 * Writes `docs/conformance.md`: runs the compatibility suites and lists every action, trap and rule
 * that they hold, over each protocol and on each table. `npm run conformance`, or with the JSON report
 * of a run that was made already: `npm run conformance -- .cache/vitest.json`. Fails if the page lacks
 * anything.
 */
const outputPath = "docs/conformance.md";
/** Paths begin so. One trap takes 120,000 messages, for which the wire is too slow. */
const suites = ["test/compatibility/", "test/unit/engine/inFlightLimit.test.ts"];

const [given] = process.argv.slice(2);
const page = conformancePage(given === undefined ? runSuites() : readReport(given));
writeFileSync(outputPath, page);
process.stdout.write(`wrote ${outputPath}\n`);
const lacks = conformanceLacks(page);
for (const lack of lacks) process.stderr.write(`${lack}\n`);
if (lacks.length > 0) process.exitCode = 1;

function runSuites(): readonly TestRun[] {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const file = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  try {
    spawnSync("npx", ["vitest", "run", ...suites, ...reporters], { stdio: "inherit" });
    return readReport(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tests of a report that concern the page, in the order of their files. */
function readReport(file: string): readonly TestRun[] {
  const { testResults }: Report = JSON.parse(readFileSync(file, "utf8"));
  return testResults
    .filter(({ name }) => suites.some((suite) => name.includes(suite)))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ assertionResults }) => assertionResults);
}

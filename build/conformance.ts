import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Writes `docs/conformance.md`: runs the compatibility suites and lists every rule that they hold,
 * with its outcome over each protocol and on each table. `npm run conformance`, or with the JSON report
 * of a run that was made already: `npm run conformance -- .cache/vitest.json`.
 */
const outputPath = "docs/conformance.md";
const suites = "test/compatibility";

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    /** The test file. */
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

const marks: Readonly<Record<string, string>> = { passed: "✓", failed: "✗" };

const [given] = process.argv.slice(2);
const report = given === undefined ? runSuites() : readReport(given);
const columns = new Set<string>();
/** Area, then rule, then column: the mark. */
const areas = new Map<string, Map<string, Map<string, string>>>();
for (const { name, assertionResults } of report.testResults) {
  if (!name.includes(suites)) continue;
  for (const { ancestorTitles, title, status } of assertionResults) {
    const [suite = "", area = suite, ...rest] = ancestorTitles;
    columns.add(suite);
    const rules = areas.get(area) ?? new Map<string, Map<string, string>>();
    const rule = [...rest, title].join(" › ");
    const cells = rules.get(rule) ?? new Map<string, string>();
    cells.set(suite, marks[status] ?? "–");
    rules.set(rule, cells);
    areas.set(area, rules);
  }
}
writeFileSync(outputPath, page());
process.stdout.write(`wrote ${outputPath}\n`);

function runSuites(): Report {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const file = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  try {
    spawnSync("npx", ["vitest", "run", suites, ...reporters], { stdio: "inherit" });
    return readReport(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): Report {
  return JSON.parse(readFileSync(file, "utf8"));
}

function page(): string {
  const counted = [...areas.values()].flatMap((rules) => [...rules.values()]);
  const cells = counted.flatMap((row) => [...row.values()]);
  const passed = cells.filter((mark) => mark === "✓").length;
  return [
    "# Conformance",
    "",
    "Made by `npm run conformance` from the outcomes of the compatibility suites, which drive Millrace",
    "by real SQS clients over HTTP. A rule is held (✓), broken (✗), or was not run (–).",
    "",
    `${counted.length} rules, ${cells.length} runs, ${passed} held.`,
    "",
    ...[...areas].flatMap(([area, rules]) => section(area, rules)),
  ].join("\n");
}

function section(area: string, rules: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] {
  const own = [...columns].filter((column) => [...rules.values()].some((row) => row.has(column)));
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `## ${area}`,
    "",
    row(["rule", ...own]),
    row(["---", ...own.map(() => "---")]),
    ...[...rules].map(([rule, cells]) =>
      row([escaped(rule), ...own.map((column) => cells.get(column) ?? "")]),
    ),
    "",
  ];
}

/** A rule may quote anything, and a cell is one line. */
function escaped(text: string): string {
  const oneLine = text.replaceAll(/\s+/g, " ");
  const short = oneLine.length > 160 ? `${oneLine.slice(0, 159)}…` : oneLine;
  return short.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

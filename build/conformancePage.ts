import { operations } from "#contract/operations.ts";
import { sqsTraps, trapsWithoutTest } from "./sqsTraps.ts";

/** One test of a run, as vitest's JSON report has it. */
export interface TestRun {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly meta: {
    /** Written by `test/compatibility/actionCalls.ts`. */
    readonly calledActions?: {
      readonly over: string;
      readonly answered: readonly string[];
      readonly refused: readonly string[];
    };
  };
}

const marks: Readonly<Record<string, string>> = { passed: "✓", failed: "✗" };
const markOf = ({ status }: TestRun): string => marks[status] ?? "–";

/** The page of a run of the compatibility suites. */
export function conformancePage(runs: readonly TestRun[]): string {
  const passed = runs.filter(({ status }) => status === "passed").length;
  const areas = areasOf(runs);
  const rules = [...areas.values()].reduce((sum, { size }) => sum + size, 0);
  return [
    "# Conformance",
    "",
    "Made by `npm run conformance` from the outcomes of the compatibility suites, which drive Millrace",
    "by real SQS clients over HTTP. A rule is held (✓), broken (✗), or was not run (–).",
    "",
    `${rules} rules, ${runs.length} runs, ${passed} held.`,
    "",
    ...actionsSection(runs),
    ...trapsSection(runs),
    ...[...areas].flatMap(([area, ofArea]) => rulesSection(area, ofArea)),
  ].join("\n");
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(head),
  row(head.map(() => "---")),
  ...rows.map(row),
  "",
];

function actionsSection(runs: readonly TestRun[]): string[] {
  const calls = runs
    .filter(({ status }) => status === "passed")
    .flatMap(({ meta: { calledActions } }) => calledActions ?? []);
  const columns = [...new Set(calls.map(({ over }) => over))].sort();
  const cell = (action: string, column: string): string => {
    const own = calls.filter(({ over }) => over === column);
    const answered = own.filter((each) => each.answered.includes(action)).length;
    const refused = own.filter((each) => each.refused.includes(action)).length;
    return answered + refused === 0 ? "" : `${answered} + ${refused}`;
  };
  return [
    "## Actions",
    "",
    "In how many tests each action was answered, and in how many it was refused with SQS's own error.",
    "",
    ...table(
      ["action", ...columns],
      Object.keys(operations).map((action) => [
        action,
        ...columns.map((column) => cell(action, column)),
      ]),
    ),
  ];
}

function trapsSection(runs: readonly TestRun[]): string[] {
  return [
    "## Traps",
    "",
    "What other implementations of SQS commonly get wrong, and the tests of that number.",
    "",
    ...table(
      ["trap", "what goes wrong elsewhere", "runs", "tests"],
      sqsTraps.map((trap, place) => trapRow(place + 1, trap, runs)),
    ),
  ];
}

function trapRow(number: number, trap: string, runs: readonly TestRun[]): string[] {
  const start = `13.${number} `;
  const own = runs.filter(({ title }) => title.startsWith(start));
  const titles = [...new Set(own.map(({ title }) => cellText(title.slice(start.length))))];
  const mark = own.map(markOf).find((each) => each !== "✓") ?? "✓";
  const reason = trapsWithoutTest.get(number);
  const outcome =
    own.length === 0
      ? reason === undefined
        ? "lacking"
        : `none: ${reason}`
      : `${mark} ${own.length}`;
  return [start.trim(), cellText(trap), outcome, titles.join("; ")];
}

/** Rule, then suite: the mark. */
type Rules = ReadonlyMap<string, ReadonlyMap<string, string>>;

function areasOf(runs: readonly TestRun[]): ReadonlyMap<string, Rules> {
  const areas = new Map<string, Map<string, Map<string, string>>>();
  for (const run of runs) {
    const [suite = "", area = suite, ...rest] = run.ancestorTitles;
    const rules = areas.get(area) ?? new Map<string, Map<string, string>>();
    const rule = [...rest, run.title].join(" › ");
    const cells = rules.get(rule) ?? new Map<string, string>();
    cells.set(suite, markOf(run));
    rules.set(rule, cells);
    areas.set(area, rules);
  }
  return areas;
}

function rulesSection(area: string, rules: Rules): string[] {
  const columns = [...new Set([...rules.values()].flatMap((cells) => [...cells.keys()]))];
  return [
    `## ${area}`,
    "",
    ...table(
      ["rule", ...columns],
      [...rules].map(([rule, cells]) => [
        cellText(rule),
        ...columns.map((column) => cells.get(column) ?? ""),
      ]),
    ),
  ];
}

/** A rule may quote anything, and a cell is one line. */
function cellText(text: string): string {
  const oneLine = text.replaceAll(/\s+/g, " ");
  const short = oneLine.length > 160 ? `${oneLine.slice(0, 159)}…` : oneLine;
  return short.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

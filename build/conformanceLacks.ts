import { operations } from "#contract/operations.ts";
import { sqsTraps } from "./sqsTraps.ts";

/** Each action must be answered over each protocol on each kind of table. */
const combinations = ["JSON", "Query"].flatMap((protocol) =>
  ["SQLite", "DynamoDB"].map((table) => `${protocol} on ${table}`),
);

/** What a conformance page lacks to be complete: one line for each thing, none if all is there. */
export function conformanceLacks(page: string): readonly string[] {
  const actions = tableUnder(page, "## Actions");
  const traps = tableUnder(page, "## Traps");
  return [
    ...Object.keys(operations).flatMap((action) =>
      combinations
        .filter((combination) => !isAnswered(actions, action, combination))
        .map((combination) => `${action} is not answered in ${combination}`),
    ),
    ...sqsTraps.flatMap((trap, place) => {
      const number = `13.${place + 1}`;
      const row = traps.find(([first]) => first === number);
      return row === undefined || !/^(?:✓|none:)/.test(row[2] ?? "")
        ? [`${number} (${trap}) has no test that holds`]
        : [];
    }),
    ...page
      .split("\n")
      .filter((line) => line.startsWith("|") && line.includes("| ✗ "))
      .map((line) => `broken: ${line}`),
  ];
}

/** The cells of a table of the page, its head first. */
function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const lines = page.split("\n");
  const below = lines.slice(lines.indexOf(heading) + 1);
  const start = below.findIndex((line) => line.startsWith("|"));
  const rows = below.slice(start);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function isAnswered(
  [head = [], ...rows]: readonly (readonly string[])[],
  action: string,
  combination: string,
): boolean {
  const row = rows.find(([name]) => name === action) ?? [];
  return head.some(
    (name, column) => name.startsWith(combination) && /^[1-9]/.test(row[column] ?? ""),
  );
}

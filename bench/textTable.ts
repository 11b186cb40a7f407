/** Rows as Markdown, the columns in line, numbers to the right. The first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) =>
    rows.slice(1).every((row) => /^[-\d(–$≤≥]/.test(row[column] ?? "")),
  );
  const line = (row: readonly string[]) =>
    `| ${row
      .map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join(" | ")} |`;
  const rule = `|${widths.map((width, column) => `${"-".repeat(width + 1)}${isNumber[column] ? ":" : "-"}`).join("|")}|`;
  return [line(head), rule, ...rows.slice(1).map(line)].join("\n");
}

/** A number with as many digits as say something. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

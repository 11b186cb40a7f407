import { spreadOf } from "../../../bench/statistics.ts";
import { figure, textTable } from "../../../bench/textTable.ts";

/** Something that was looked at again and again, at even intervals. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** What stands for a quarter of the time. */
  readonly by: "median" | "min" | "max";
  /** The last quarter may be so many times the first, and so much more. Without it, whatever it likes. */
  readonly bound?: { readonly ratio: number; readonly slack: number };
}

/** How the last quarter of a series compares to its first. */
export interface Flatness {
  readonly series: Series;
  readonly first: number;
  readonly last: number;
  readonly ratio: number;
  /** How much more there is after an hour than before it, by a straight line through all values. */
  readonly slopePerHour: number;
  readonly isFlat: boolean;
}

/** Compares the first and the last quarter of a series that took so many seconds. */
export function flatnessOf(series: Series, seconds: number): Flatness {
  const values = series.values.filter(Number.isFinite);
  const quarter = Math.max(1, Math.floor(values.length / 4));
  const first = spreadOf(values.slice(0, quarter))[series.by];
  const last = spreadOf(values.slice(-quarter))[series.by];
  return {
    series,
    first,
    last,
    ratio: last / first,
    slopePerHour: (slopeOf(values) * values.length * 3600) / seconds,
    isFlat: series.bound === undefined || last <= first * series.bound.ratio + series.bound.slack,
  };
}

/** The results as a table. */
export function flatnessTable(results: readonly Flatness[]): string {
  return textTable([
    ["what", "of each quarter", "first", "last", "last/first", "change an hour", "bound", "flat"],
    ...results.map(({ series, first, last, ratio, slopePerHour, isFlat }) => [
      series.name,
      series.by,
      figure(first),
      figure(last),
      figure(ratio),
      figure(slopePerHour),
      series.bound === undefined ? "none" : `× ${series.bound.ratio} + ${series.bound.slack}`,
      isFlat ? "yes" : "NO",
    ]),
  ]);
}

/** Of the straight line that has the least squares, for each step from value to value. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  for (const [index, value] of values.entries()) {
    above += (index - middle) * (value - mean);
    below += (index - middle) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

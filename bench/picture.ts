import XMLBuilder from "fast-xml-builder";
import { figure } from "./textTable.ts";
import type { Interval } from "./timeline.ts";

/** One run in a picture. */
export interface Panel {
  readonly title: string;
  readonly intervals: readonly Interval[];
}

type Point = readonly [x: number, y: number];

interface Line {
  readonly name: string;
  readonly color: string;
  readonly valueIn: (interval: Interval) => number;
}

const width = 800;
const chartHeight = 120;
const margin = { left: 70, right: 20, top: 34, bottom: 24 };
const panelHeight = 2 * chartHeight + margin.top + 2 * margin.bottom;
const plotWidth = width - margin.left - margin.right;

const rate: readonly Line[] = [
  { name: "messages/s", color: "#1f6feb", valueIn: ({ messagesPerSecond }) => messagesPerSecond },
];
const latency: readonly Line[] = [
  { name: "p99 ms", color: "#d1242f", valueIn: ({ p99Ms }) => p99Ms },
  { name: "p50 ms", color: "#1a7f37", valueIn: ({ p50Ms }) => p50Ms },
];

/** An SVG with a panel for each run: the rate over time, and the latency below it. */
export function pictureOf(panels: readonly Panel[]): string {
  const height = Math.max(1, panels.length) * panelHeight;
  const drawn = panels.map(({ title, intervals }, index) => {
    const top = index * panelHeight + margin.top;
    return {
      text: { "@x": margin.left, "@y": top - 14, "@font-weight": "bold", "#text": title },
      g: [
        chart(rate, intervals, top),
        chart(latency, intervals, top + chartHeight + margin.bottom),
      ],
    };
  });
  const document = {
    svg: {
      "@xmlns": "http://www.w3.org/2000/svg",
      "@viewBox": `0 0 ${width} ${height}`,
      "@font-family": "sans-serif",
      "@font-size": 12,
      rect: { "@width": width, "@height": height, "@fill": "#fff" },
      g: drawn,
    },
  };
  return builder.build(document);
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  format: true,
  suppressEmptyNode: true,
});

function chart(lines: readonly Line[], intervals: readonly Interval[], top: number) {
  const values = lines.flatMap(({ valueIn }) => intervals.map(valueIn)).filter(Number.isFinite);
  const highest = Math.max(1, ...values);
  const seconds = intervals.at(-1)?.fromSeconds ?? 0;
  const at = (interval: Interval, value: number): Point => [
    margin.left + (interval.fromSeconds / Math.max(seconds, 1)) * plotWidth,
    top + chartHeight - (value / highest) * chartHeight,
  ];
  return {
    path: [
      {
        "@d": pathOf([
          [margin.left, top],
          [margin.left, top + chartHeight],
          [width - margin.right, top + chartHeight],
        ]),
        "@fill": "none",
        "@stroke": "#999",
      },
      ...lines.map(({ color, valueIn }) => ({
        "@d": pathOf(
          intervals
            .filter((interval) => Number.isFinite(valueIn(interval)))
            .map((interval) => at(interval, valueIn(interval))),
        ),
        "@fill": "none",
        "@stroke": color,
      })),
    ],
    text: [
      ...lines.map(({ name, color }, index) => ({
        "@x": margin.left + 6 + index * 70,
        "@y": top + 12,
        "@fill": color,
        "#text": name,
      })),
      { "@x": margin.left - 6, "@y": top + 10, "@text-anchor": "end", "#text": figure(highest) },
      { "@x": margin.left - 6, "@y": top + chartHeight, "@text-anchor": "end", "#text": "0" },
      {
        "@x": width - margin.right,
        "@y": top + chartHeight + 14,
        "@text-anchor": "end",
        "#text": `${figure(seconds)} s`,
      },
    ],
  };
}

function pathOf(points: readonly Point[]): string {
  return points
    .map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join("");
}

import { expect, it } from "vitest";
import { removeEmptySegments } from "#engine/emptySegments.ts";
import { readSegment, type Segment, segmentItem } from "#engine/segment.ts";
import { MemoryTable } from "../../support/memoryTable.ts";

it("drops an empty segment once that was read twice in one look", async () => {
  const table = new MemoryTable();
  const segment: Segment = {
    key: { pk: "queue.0.0", sk: "00mkx7q4g0000000000000" },
    startsAtMs: 0,
    delayMs: 0,
    slots: [{ kind: "fresh" }],
    contents: { kind: "inline", payload: new Uint8Array([1]) },
    expiresAtSeconds: 1,
  };
  const item = { ...segmentItem(segment, "queue"), s0: "-" };
  await table.write({ kind: "insert", item });
  const read = () => readSegment(item, "queue");

  await removeEmptySegments(table, [read(), read()]);

  expect([...table.items()]).toEqual([]);
});

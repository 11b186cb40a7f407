import { describe, expect, it } from "vitest";
import { RecentRows } from "#table/sqlite/recentRows.ts";

const key = { pk: "p", sk: "s" };
const megabyte = { weightBytes: 1024 * 1024 };

describe("RecentRows", () => {
  it("gives back what was set last", () => {
    const rows = new RecentRows();
    rows.set(key, { weightBytes: 1 });

    rows.set(key, { weightBytes: 2 });

    expect(rows.get(key)).toEqual({ weightBytes: 2 });
    expect(rows.get({ pk: "s", sk: "p" })).toBeUndefined();
  });

  it("knows a partition as long as it knows a row of it", () => {
    const rows = new RecentRows();
    rows.set(key, megabyte);
    rows.set({ ...key, sk: "t" }, megabyte);

    rows.delete(key);
    const withOne = rows.knows("p");
    rows.delete({ ...key, sk: "t" });

    expect(withOne).toBe(true);
    expect(rows.knows("p")).toBe(false);
    expect(rows.get(key)).toBeUndefined();
  });

  it("forgets what was not asked for longest, a few megabytes later", () => {
    const rows = new RecentRows();
    const wanted = { pk: "wanted", sk: "s" };
    rows.set(wanted, megabyte);
    rows.set(key, megabyte);

    for (let n = 0; n < 8; n += 1) {
      rows.set({ pk: "others", sk: `${n}` }, megabyte);
      rows.get(wanted);
    }

    expect(rows.get(wanted)).toBe(megabyte);
    expect(rows.get(key)).toBeUndefined();
    expect(rows.get({ pk: "others", sk: "7" })).toBe(megabyte);
  });

  it("keeps what is set again and again, and what is beside it", () => {
    const rows = new RecentRows();
    rows.set(key, megabyte);

    for (let n = 0; n < 100; n += 1) rows.set({ pk: "busy", sk: "s" }, megabyte);
    for (let n = 0; n < 100; n += 1) {
      rows.set({ pk: "brief", sk: `${n}` }, megabyte);
      rows.delete({ pk: "brief", sk: `${n}` });
    }

    expect(rows.get(key)).toBe(megabyte);
  });

  it("knows nothing once cleared", () => {
    const rows = new RecentRows();
    for (let n = 0; n < 6; n += 1) rows.set({ pk: "p", sk: `${n}` }, megabyte);

    rows.clear();

    expect(rows.knows("p")).toBe(false);
    expect(rows.get({ pk: "p", sk: "0" })).toBeUndefined();
    expect(rows.get({ pk: "p", sk: "5" })).toBeUndefined();
  });
});

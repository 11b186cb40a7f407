import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { releaseSpace } from "#table/sqlite/releaseSpace.ts";

describe("releaseSpace", () => {
  it.each([
    { vacuum: "INCREMENTAL", goesOn: true },
    { vacuum: "NONE", goesOn: false },
  ])("goes on only while it gets anywhere: $vacuum", ({ vacuum, goesOn }) => {
    const database = new DatabaseSync(":memory:");
    database.exec(`
      PRAGMA auto_vacuum = ${vacuum};
      CREATE TABLE filling (bytes BLOB);
      INSERT INTO filling VALUES (zeroblob(64 * 1024 * 1024));
      DELETE FROM filling;
    `);

    expect(releaseSpace(database)()).toBe(goesOn);
  });
});

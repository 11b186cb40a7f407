import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { GroupCommit } from "#table/sqlite/groupCommit.ts";

describe("GroupCommit", () => {
  it("answers the work of one turn together, once it is committed", async () => {
    const { database, commits } = open();

    const results = [
      commits.run(() => insert(database, "a")),
      commits.run(() => insert(database, "b")),
    ];
    const wasOpen = database.isTransaction;

    expect(await Promise.all(results)).toEqual(["a", "b"]);
    expect(wasOpen).toBe(true);
    expect(database.isTransaction).toBe(false);
  });

  it("answers what was read once the writes are safe that it may reflect", async () => {
    const { database, commits } = open();
    const writing = commits.run(() => insert(database, "a"));

    const reading = commits.settle(names(database));
    const breaking = commits.run(() => {
      throw new Error("broken");
    });

    await expect(breaking).rejects.toThrow("broken");
    await expect(reading).rejects.toThrow("broken");
    await expect(writing).rejects.toThrow("broken");
    expect(names(database)).toEqual([]);
  });

  it("rejects a turn that cannot even be rolled back", async () => {
    const { database, commits, onUndone } = open();
    const writing = commits.run(() => insert(database, "a"));
    vi.spyOn(database, "exec").mockImplementation(() => {
      throw new Error("no rollback");
    });

    const broken = () =>
      commits.run(() => {
        throw new Error("broken");
      });

    expect(broken).toThrow("no rollback");
    await expect(writing).rejects.toThrow("broken");
    expect(onUndone).toHaveBeenCalledOnce();
  });

  it("keeps turns apart", async () => {
    const { database, commits, onUndone } = open();
    await commits.run(() => insert(database, "a"));

    const broken = commits.run(() => {
      insert(database, "b");
      throw new Error("broken");
    });

    await expect(broken).rejects.toThrow("broken");
    expect(onUndone).toHaveBeenCalledOnce();
    expect(names(database)).toEqual(["a"]);
    expect(await commits.run(() => insert(database, "c"))).toBe("c");
  });

  it("commits at once when flushed", async () => {
    const { database, commits } = open();
    const writing = commits.run(() => insert(database, "a"));

    commits.flush();

    expect(database.isTransaction).toBe(false);
    expect(await writing).toBe("a");
  });

  it("runs work alone behind what was open", async () => {
    const { database, commits } = open();
    const writing = commits.run(() => insert(database, "a"));

    const result = commits.runAlone(() => insert(database, "b"));

    expect(result).toBe("b");
    expect(database.isTransaction).toBe(false);
    expect(await writing).toBe("a");
  });

  it("undoes only the work that ran alone when that fails", async () => {
    const { database, commits, onUndone } = open();
    const writing = commits.run(() => insert(database, "a"));
    const alone = () =>
      commits.runAlone(() => {
        insert(database, "b");
        throw new Error("broken");
      });

    expect(alone).toThrow("broken");
    expect(onUndone).toHaveBeenCalledOnce();

    expect(await writing).toBe("a");
    expect(await commits.run(() => insert(database, "c"))).toBe("c");
    expect(names(database)).toEqual(["a", "c"]);
  });
});

function open() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE names (name TEXT)");
  const onUndone = vi.fn();
  return { database, commits: new GroupCommit(database, onUndone), onUndone };
}

function insert(database: DatabaseSync, name: string): string {
  database.prepare("INSERT INTO names VALUES (?)").run(name);
  return name;
}

function names(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare("SELECT name FROM names")
    .all()
    .map(({ name }) => name);
}

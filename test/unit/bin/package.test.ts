import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { aFolder, MillraceProcess } from "./millraceProcess.ts";

const run = promisify(execFile);

let folder: Awaited<ReturnType<typeof aFolder>>;
let installed: string;

/** Packs the package as `npm publish` would, and installs it where nothing else is. */
beforeAll(async () => {
  folder = await aFolder();
  await run("npm", ["pack", "--pack-destination", folder.path]);
  const tarball = join(folder.path, `millrace-${packageJson.version}.tgz`);
  const alone = ["--offline", "--omit=optional", "--no-audit", "--no-fund"];
  await run("npm", ["install", "--prefix", folder.path, ...alone, tarball]);
  installed = join(folder.path, "node_modules", "millrace");
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe("the published package", () => {
  it("brings the command, what it is licensed under, and no other package", async () => {
    const packages = await readdir(join(folder.path, "node_modules"));
    const files = await readdir(installed);
    const notices = await readFile(join(installed, "dist", "THIRD-PARTY.txt"), "utf8");

    expect(packages.filter((name) => !name.startsWith("."))).toEqual(["millrace"]);
    expect(files.sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    expect(notices).toContain("@aws-sdk/client-dynamodb");
  });

  it("has a command that npx finds", async () => {
    const { stdout } = await run("npx", ["--offline", "millrace", "--version"], {
      cwd: folder.path,
    });

    expect(stdout).toBe(`${packageJson.version}\n`);
  });

  it("serves queues from there", async () => {
    const entry = join(folder.path, "node_modules", ".bin", "millrace");
    await using started = new MillraceProcess(["--port", "0", "--data", ":memory:"], { entry });

    const health = await fetch(`${await started.url}/health`);
    started.signal("SIGTERM");

    expect(await health.json()).toEqual({ status: "ok" });
    expect(await started.exited).toMatchObject({ code: 0, stderr: "" });
  });
});

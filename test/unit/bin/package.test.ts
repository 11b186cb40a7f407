import { execFile } from "node:child_process";
import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
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
  const alone = ["--offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", "--prefix", folder.path, ...alone, tarball]);
  installed = join(folder.path, "node_modules", "millrace");
}, 120_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe("the published package", () => {
  it("brings the command, what it is licensed under, and no other package", async () => {
    const packages = await readdir(join(folder.path, "node_modules"));
    const files = await readdir(installed);
    const [notices, functionNotices] = await Promise.all(
      [".", "functions"].map((of) =>
        readFile(join(installed, "dist", of, "THIRD-PARTY.txt"), "utf8"),
      ),
    );

    expect(packages.filter((name) => !name.startsWith("."))).toEqual(["millrace"]);
    expect(files.sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    expect(notices).toContain("@aws-sdk/client-dynamodb");
    expect(functionNotices).toContain("@middy/core");
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

/** The CDK app that the guide shows. */
async function guidesApp(): Promise<string> {
  const guide = await readFile("docs/deploy.md", "utf8");
  return /(?<=```ts\n)[\s\S]*?(?=```)/.exec(guide)?.[0] ?? "";
}

describe("millrace/cdk", () => {
  it("is used by the app that the guide shows, types and functions included", async () => {
    const place = join(folder.path, "app");
    const packages = join(place, "node_modules");
    await cp(installed, join(packages, "millrace"), { recursive: true });
    for (const name of ["aws-cdk-lib", "constructs", "@types"]) {
      await symlink(resolve("node_modules", name), join(packages, name));
    }
    await writeFile(join(place, "package.json"), '{ "type": "module" }');
    await writeFile(join(place, "app.ts"), await guidesApp());

    await run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), ...strict], {
      cwd: place,
    });
    // As the CDK's command does it.
    const env = { ...process.env, CDK_OUTDIR: "cdk.out" };
    await run(process.execPath, ["app.ts"], { cwd: place, env });

    const [workers, tenant] = await Promise.all(
      ["Workers", "Millrace-acme"].map((name) =>
        readFile(join(place, "cdk.out", `${name}.template.json`), "utf8"),
      ),
    );
    expect(workers).toContain("Custom::MillraceQueue");
    expect(tenant).toContain("AWS::DynamoDB::Table");
  }, 120_000);
});

/** Here rather than in a file of its own: two builds at once would tread on each other's `dist`. */
describe("npx cdk synth", () => {
  it("builds the functions without their figures, and makes a stack for each tenant of the file", async () => {
    const assembly = join(folder.path, "assembly");
    const command = ["cdk", "synth", "--quiet", "--output", assembly];

    const context = ["--context", "tenantsFile=tenants.example.json"];
    const { stdout } = await run("npx", [...command, ...context]);

    expect(stdout).not.toContain("| api |");
    const files = await readdir(assembly);
    expect(files).toEqual(
      expect.arrayContaining(["Millrace-acme.template.json", "Millrace-globex.template.json"]),
    );
    const template = await readFile(join(assembly, "Millrace-acme.template.json"), "utf8");
    // One asset for each function.
    expect(new Set(template.match(/[0-9a-f]{64}\.zip/g)).size).toBe(4);
  }, 120_000);
});

const strict = ["--noEmit", "--strict", "--module", "NodeNext", "--types", "node", "app.ts"];

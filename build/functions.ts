import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleFunction, functionNames, startBytes } from "./functionBundle.ts";
import { notices } from "./notices.ts";

/**
 * Makes `dist/functions/<name>/index.mjs` for each function, and prints how large it is and how long a
 * fresh process takes to import it: the part of a cold start that is in our hands. `--quick` is for who
 * wants the functions and not the figures, as the CDK does whenever it lists or synthesizes stacks.
 */
const folder = join("dist", "functions");

/** What is larger would be felt at every cold start. */
const bytesMax: Readonly<Record<string, number>> = { api: 600_000 };
const isMeasured = !process.argv.includes("--quick");
const importsMeasured = 9;

/** What a function must find in its environment to start. */
const environment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
  MILLRACE_TABLE: "none",
  MILLRACE_KMS_KEY: "arn:aws:kms:us-east-1:000000000000:key/none",
  MILLRACE_PUBLIC_URL: "https://none.example",
};

await rm(folder, { recursive: true, force: true });
const inputs = new Set<string>();
if (isMeasured) {
  console.log("| function | bundle, bytes | import, ms | fastest | slowest | processor, ms |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
}
for (const name of await functionNames()) {
  const metafile = await bundleFunction(name, join(folder, name));
  for (const path of Object.keys(metafile.inputs)) inputs.add(path);
  const bytes = startBytes(metafile);
  if (isMeasured) console.log(rowOf(name, bytes));
  const most = bytesMax[name] ?? Infinity;
  if (bytes > most) {
    console.error(`expected ${name} to be at most ${most} bytes, got ${bytes}`);
    process.exitCode = 1;
  }
}

await writeFile(join(folder, "THIRD-PARTY.txt"), await notices([...inputs]));

function rowOf(name: string, bytes: number): string {
  const imports = importsOf(resolve(folder, name, "index.mjs"));
  const wall = inOrder(imports.map(({ wallMs }) => wallMs));
  const cpu = inOrder(imports.map(({ cpuMs }) => cpuMs));
  const middle = (importsMeasured - 1) / 2;
  const times = [wall[middle], wall[0], wall.at(-1), cpu[middle]].map((ms) => ms?.toFixed(0));
  return `| ${[name, bytes.toLocaleString("en-US"), ...times].join(" | ")} |`;
}

interface Import {
  readonly wallMs: number;
  /** Says the same when other processes are busy, too. */
  readonly cpuMs: number;
}

/** Imports a bundle as often as is measured, each time in a fresh process. */
function importsOf(path: string): readonly Import[] {
  const script = `
    const startedMs = performance.now();
    const before = process.cpuUsage();
    await import("${pathToFileURL(path)}");
    const { user, system } = process.cpuUsage(before);
    const wallMs = performance.now() - startedMs;
    process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000 }));
    process.exit();`;
  const command = ["--input-type=module", "--eval", script];
  return Array.from({ length: importsMeasured }, () =>
    JSON.parse(execFileSync(process.execPath, command, { env: environment, encoding: "utf8" })),
  );
}

function inOrder(values: readonly number[]): readonly number[] {
  return values.toSorted((left, right) => left - right);
}

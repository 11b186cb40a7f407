import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleFunction, functionNames, startBytes } from "./functionBundle.ts";
import { notices } from "./notices.ts";

/**
 * Makes `dist/functions/<name>/index.mjs` for each function, and prints how large it is and how long a
 * fresh process takes to import it: the part of a cold start that is in our hands.
 */
const folder = join("dist", "functions");

/** What is larger would be felt at every cold start. */
const bytesMax: Readonly<Record<string, number>> = { api: 600_000 };
/** `--quick` is for who wants the functions and not the figures. */
const importsMeasured = process.argv.includes("--quick") ? 1 : 9;

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
console.log("| function | bundle, bytes | import, ms | fastest | slowest |");
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const name of await functionNames()) {
  const metafile = await bundleFunction(name, join(folder, name));
  for (const path of Object.keys(metafile.inputs)) inputs.add(path);
  const bytes = startBytes(metafile);
  const times = importTimes(resolve(folder, name, "index.mjs"));
  const [fastest, median, slowest] = [0, (times.length - 1) / 2, times.length - 1].map((at) =>
    times[at]?.toFixed(0),
  );
  console.log(
    `| ${name} | ${bytes.toLocaleString("en-US")} | ${median} | ${fastest} | ${slowest} |`,
  );
  const most = bytesMax[name] ?? Infinity;
  if (bytes > most) {
    console.error(`expected ${name} to be at most ${most} bytes, got ${bytes}`);
    process.exitCode = 1;
  }
}

await writeFile(join(folder, "THIRD-PARTY.txt"), await notices([...inputs]));

/** In rising order. */
function importTimes(path: string): readonly number[] {
  const script =
    `const startedMs = performance.now(); await import("${pathToFileURL(path)}"); ` +
    "process.stdout.write(String(performance.now() - startedMs)); process.exit();";
  const command = ["--input-type=module", "--eval", script];
  return Array.from({ length: importsMeasured }, () =>
    Number(execFileSync(process.execPath, command, { env: environment, encoding: "utf8" })),
  ).sort((a, b) => a - b);
}

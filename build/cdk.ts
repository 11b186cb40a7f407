import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/**
 * Makes `dist/cdk`, which other people's CDK apps import as `millrace/cdk`: one file of JavaScript, and
 * the types of what it exports. The CDK itself is theirs; the functions lie beside it, in
 * `dist/functions`.
 */
const folder = join("dist", "cdk");

await rm(folder, { recursive: true, force: true });
await build({
  entryPoints: ["infra/index.ts"],
  outfile: join(folder, "index.mjs"),
  platform: "node",
  target: "node24",
  format: "esm",
  bundle: true,
  external: ["aws-cdk-lib", "constructs"],
});

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin");
execFileSync(process.execPath, [join(tsc, "tsc"), "--project", "build/tsconfig.cdk.json"], {
  stdio: "inherit",
});
// Nothing that is exported speaks of these.
await rm(join(folder, "lib"), { recursive: true });

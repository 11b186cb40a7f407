import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { notices } from "./notices.ts";

/**
 * Makes `dist`, which is what the package publishes: Node strips no types inside node_modules, so
 * there the command has to be JavaScript. All that it imports goes in, DynamoDB's client included:
 * `npx millrace` fetches one package, and runs the versions that were tested. The client is in files
 * of its own, read only where a DynamoDB table is served. Nothing is minified, so that a stack trace
 * can be read.
 */
const folder = "dist";

await rm(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["bin/millrace.ts"],
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  platform: "node",
  target: "node24",
  format: "esm",
  bundle: true,
  splitting: true,
  mainFields: ["module", "main"],
  legalComments: "none",
  metafile: true,
});
await writeFile(join(folder, "THIRD-PARTY.txt"), await notices(Object.keys(metafile.inputs)));

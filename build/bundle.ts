import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";

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
await writeFile(join(folder, "THIRD-PARTY.txt"), await notices(metafile));

/** The licenses of what went in, each with all that stands under it. */
async function notices({ inputs }: Metafile): Promise<string> {
  const folders = new Set(Object.keys(inputs).flatMap((path) => packageFolder(path) ?? []));
  const namesByText = new Map<string, string[]>();
  for (const path of [...folders].sort()) {
    const { name, version, license } = JSON.parse(
      await readFile(join(path, "package.json"), "utf8"),
    );
    const text = (await licenseText(path)) ?? `${license}\n`;
    const names = namesByText.get(text) ?? [];
    namesByText.set(text, [...names, `${name} ${version}`]);
  }
  return Array.from(namesByText, ([text, names]) => `${names.join("\n")}\n\n${text}`).join(
    `\n${"-".repeat(80)}\n\n`,
  );
}

/** The folder of the package that a file is of, unless it is ours. */
function packageFolder(path: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

async function licenseText(path: string): Promise<string | undefined> {
  for (const name of ["LICENSE", "LICENSE.txt", "LICENSE.md"]) {
    try {
      return await readFile(join(path, name), "utf8");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return undefined;
}

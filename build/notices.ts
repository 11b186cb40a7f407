import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The licenses of what went into a bundle, by the files that did, each with all that stands under it. */
export async function notices(paths: readonly string[]): Promise<string> {
  const folders = new Set(paths.flatMap((path) => packageFolder(path) ?? []));
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

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** One line of code, and the file in which the linter is to find it. */
export interface Line {
  readonly file: string;
  readonly code: string;
}

/**
 * What our linter says of lines that are in no file of ours: one list of `rule: message` a line, in
 * the order asked. They are laid out in a folder of their own under our configuration, so that a
 * deliberate violation is never in the tree. That a name is unused or declared twice is not told.
 */
export async function lintLines(lines: readonly Line[]): Promise<readonly (readonly string[])[]> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-lint-"));
  try {
    await cp("biome.json", join(folder, "biome.json"));
    await cp(".lint", join(folder, ".lint"), { recursive: true });
    const places = await layOut(folder, lines);
    const complaints = complaintsIn(await lint(folder));
    return places.map((place) => complaints.get(place) ?? []);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Writes the files; answers where each line came to stand, as `path:line`. */
async function layOut(folder: string, lines: readonly Line[]): Promise<readonly string[]> {
  const codeByFile = new Map<string, string[]>();
  const places = lines.map(({ file, code }) => {
    const codes = codeByFile.get(file) ?? [];
    codeByFile.set(file, codes);
    return `${file}:${codes.push(code)}`;
  });
  for (const [file, codes] of codeByFile) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${codes.join("\n")}\n`);
  }
  return places;
}

const biome = resolve("node_modules/@biomejs/biome/bin/biome");
const options = ["--vcs-enabled=false", "--reporter=concise", "--colors=off"];
const outputBytesMax = 16 * 1024 * 1024;

function lint(folder: string): Promise<string> {
  const command = [biome, "lint", "--max-diagnostics=none", ...options];
  return new Promise((done, fail) => {
    const where = { cwd: folder, maxBuffer: outputBytesMax };
    execFile(process.execPath, command, where, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`;
      // The linter also exits with an error when it finds something, which is its purpose here.
      if (/^Checked \d+ files?/m.test(output)) done(output);
      else fail(new Error(`The linter did not run: ${output}`, { cause: error }));
    });
  });
}

/** `× path:line:column: rule: message`; what is said of a whole file has no line. */
const complaint = /^\S ([^:\n]+)(?::(\d+):\d+)?: (.+)$/gm;
const isBesideThePoint = /\/(?:noUnused\w+|noRedeclare): /;

function complaintsIn(output: string): ReadonlyMap<string, readonly string[]> {
  const byPlace = new Map<string, string[]>();
  for (const [, path = "", lineNumber = "1", text = ""] of output.matchAll(complaint)) {
    const place = `${path}:${lineNumber}`;
    if (isBesideThePoint.test(text)) continue;
    const texts = byPlace.get(place) ?? [];
    byPlace.set(place, texts);
    texts.push(text);
  }
  return byPlace;
}

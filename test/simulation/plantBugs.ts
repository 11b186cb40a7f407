import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type PlantedBug, plantedBugs } from "./plantedBugs.ts";

/**
 * Plants each bug in a copy of the source, one at a time, and runs its simulation until a seed finds
 * it. Ends with an error if one is not found.
 *
 *   node test/simulation/plantBugs.ts [part of a name]
 */
const seedsMax = 1000;
const seedMsMax = 600_000;
const root = join(import.meta.dirname, "../..");
const copied = ["package.json", "lib", "test/simulation", "test/support"];

interface Run {
  readonly isFound: boolean;
  readonly seed: string;
  readonly finding: string;
}

async function copySource(folder: string): Promise<void> {
  for (const path of copied) await cp(join(root, path), join(folder, path), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
}

/** Runs seeds in a folder, up to the first that finds something. */
async function runSeeds(folder: string, { simulation }: PlantedBug): Promise<Run> {
  const child = spawn(
    process.execPath,
    ["test/simulation/runSeeds.ts", "--only", simulation, "--seeds", `${seedsMax}`, "--stop"],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: seedMsMax },
  );
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [, seed, finding] = /, seed (\d+)\n +(.*)/.exec(output) ?? [];
  if (seed !== undefined) return { isFound: true, seed, finding: finding ?? "" };
  // A copy that cannot even run has found nothing.
  return { isFound: false, seed: "", finding: errors.slice(-400) };
}

async function plant(folder: string, { changes }: PlantedBug): Promise<void> {
  for (const { file, find, put } of changes) {
    const source = await readFile(join(root, file), "utf8");
    if (source.split(find).length !== 2) throw new Error(`expected once in ${file}: ${find}`);
    await writeFile(
      join(folder, file),
      source.replace(find, () => put),
    );
  }
}

async function heal(folder: string, { changes }: PlantedBug): Promise<void> {
  for (const { file } of changes) await cp(join(root, file), join(folder, file));
}

const wanted = process.argv[2] ?? "";
const folder = await mkdtemp(join(tmpdir(), "millrace-planted-"));
let missed = 0;
try {
  await copySource(folder);
  for (const bug of plantedBugs.filter(({ name }) => name.includes(wanted))) {
    await plant(folder, bug);
    const { isFound, seed, finding } = await runSeeds(folder, bug);
    await heal(folder, bug);
    if (!isFound) missed += 1;
    const result = isFound ? `found by ${bug.simulation}, seed ${seed}` : "NOT FOUND";
    process.stdout.write(`${bug.name}: ${result}\n  ${finding}\n`);
  }
} finally {
  await rm(folder, { recursive: true });
}
process.exitCode = missed === 0 ? 0 : 1;

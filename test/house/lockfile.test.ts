import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly deprecated?: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

const manifest = readManifest("package.json");
const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync("package-lock.json", "utf8"),
);
const registry = "https://registry.npmjs.org/";
/** What is in this tree, and so neither fetched nor shipped. */
const engines = "test/engines";
const own = ["", engines];
const packages = Object.entries(lock.packages).filter(
  ([path, { resolved }]) => !own.includes(path) && resolved !== engines,
);

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** npm writes down no digest of what it left out, as the packages of other platforms. */
function isLeftOut(path: string, { optional }: Locked): boolean {
  return optional === true && !existsSync(path);
}

function pathsOf(which: (locked: Locked) => boolean): readonly string[] {
  return packages.filter(([, locked]) => which(locked)).map(([path]) => path);
}

/** Of one path, the last package: what it is called in `package.json`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

describe("package-lock.json", () => {
  it("has a digest of every package, in it or in the one that brings it along", () => {
    const without = packages.filter(
      ([path, locked]) =>
        locked.integrity === undefined && locked.inBundle !== true && !isLeftOut(path, locked),
    );

    expect(packages.length).toBeGreaterThan(100);
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it("takes packages from the registry only: no git, no other folder, no other host", () => {
    expect(pathsOf(({ link }) => link === true)).toEqual([]);
    expect(
      pathsOf(({ resolved }) => resolved !== undefined && !resolved.startsWith(registry)),
    ).toEqual([]);
  });

  it("takes none that its author has given up", () => {
    expect(pathsOf(({ deprecated }) => deprecated !== undefined)).toEqual([]);
  });

  it("lets only those run scripts at installation that are allowed to", () => {
    const running = pathsOf(({ hasInstallScript }) => hasInstallScript === true).map(nameOf);
    const allowed = Object.keys(manifest.allowScripts ?? {});

    expect(running.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe("package.json", () => {
  it("names one version of each dependency, and no runtime dependency: what is shipped is bundled", () => {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest;
    const { optionalDependencies: ofEngines = {} } = readManifest(`${engines}/package.json`);
    const ranges = Object.entries({ ...devDependencies, ...ofEngines }).filter(
      ([, version]) => version !== `file:${engines}` && !/^\d+\.\d+\.\d+$/.test(version),
    );

    expect({ ...dependencies, ...optionalDependencies }).toEqual({});
    expect(ranges).toEqual([]);
  });
});

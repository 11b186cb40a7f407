import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { App } from "aws-cdk-lib";
import { unzipSync, zipSync } from "fflate";
import type { Template } from "./template.ts";

/** What `cdk synth` leaves of one stack: its template, and where its assets are. */
export interface Assembly {
  readonly template: Template;
  readonly stackName: string;
  /** The folder of an asset, by the key under which it would be uploaded. */
  readonly assets: ReadonlyMap<string, string>;
}

interface AssetManifest {
  readonly files: Readonly<Record<string, AssetFile>>;
}

interface AssetFile {
  readonly source: { readonly path: string; readonly packaging: string };
  readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
}

/** Synthesizes an app and reads one of its stacks back from the files. */
export async function synthesize(app: App, stackName: string): Promise<Assembly> {
  const { directory } = app.synth();
  const read = async (file: string) => JSON.parse(await readFile(join(directory, file), "utf8"));
  const template: Template = await read(`${stackName}.template.json`);
  const { files }: AssetManifest = await read(`${stackName}.assets.json`);
  const zipped = Object.values(files).filter(({ source }) => source.packaging === "zip");
  const assets = zipped.flatMap(({ source, destinations }) =>
    Object.values(destinations).map(
      ({ objectKey }) => [objectKey, join(directory, source.path)] as const,
    ),
  );
  return { template, stackName, assets: new Map(assets) };
}

/** Zips a folder, as a deployment uploads it, and unpacks that to a fresh folder, as Lambda does. */
export async function unpackFresh(folder: string, under: string): Promise<string> {
  const packed = zipSync(await filesIn(folder));
  const fresh = await mkdtemp(join(under, "task-"));
  for (const [name, bytes] of Object.entries(unzipSync(packed))) {
    await mkdir(dirname(join(fresh, name)), { recursive: true });
    await writeFile(join(fresh, name), bytes);
  }
  return fresh;
}

async function filesIn(folder: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(
    async (file) => [file.slice(folder.length + 1), await readFile(file)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "..");

/** The names of all functions: each has a file in `functions`. */
export async function functionNames(): Promise<readonly string[]> {
  const entries = await readdir(join(root, "functions"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map(({ name }) => basename(name, ".ts"))
    .sort();
}

/** Some of what is bundled is CommonJS and asks for `require`, which a module does not have. */
const requireForBundled =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * Lambda hands a function its credentials in the environment. The SDK's other ways of finding some
 * (profiles, single sign-on, roles, the metadata of a machine) are a sixth of its code.
 */
const credentialsOfLambda: Plugin = {
  name: "credentials of Lambda",
  setup({ onResolve, onLoad }) {
    const name = "@aws-sdk/credential-provider-node";
    const folder = dirname(createRequire(import.meta.url).resolve(name));
    onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: "lambda" }));
    onLoad({ filter: /.*/, namespace: "lambda" }, () => ({
      contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
      resolveDir: folder,
    }));
  },
};

/**
 * Bundles a function into a folder of its own, as Lambda takes it: `index.mjs`, whose export `handler`
 * is called, and files that it loads only where they are wanted. The SDK goes in: the version that was
 * tested, and only what is used of it. The code is the same for every architecture.
 */
export async function bundleFunction(name: string, folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [{ in: join("functions", `${name}.ts`), out: "index" }],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    platform: "node",
    target: "node24",
    format: "esm",
    bundle: true,
    splitting: true,
    minify: true,
    mainFields: ["module", "main"],
    banner: { js: requireForBundled },
    legalComments: "none",
    metafile: true,
    plugins: [credentialsOfLambda],
  });
  return metafile;
}

/** The bytes of `index.mjs` with all that it loads at once; what it loads later is not counted. */
export function startBytes(metafile: Metafile): number {
  return startOutputs(metafile).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The source files of which there is something in what a function loads at once. */
export function startSources(metafile: Metafile): readonly string[] {
  const sources = startOutputs(metafile).flatMap(({ inputs }) => Object.entries(inputs));
  return sources.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
}

function startOutputs({ outputs }: Metafile): readonly Metafile["outputs"][string][] {
  const loaded = new Set(Object.keys(outputs).filter((path) => basename(path) === "index.mjs"));
  for (const path of loaded) {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && next in outputs) loaded.add(next);
    }
  }
  return [...loaded].flatMap((path) => outputs[path] ?? []);
}

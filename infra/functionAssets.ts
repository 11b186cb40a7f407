import { existsSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";

/** The functions of a tenant. Each is a folder with one file, `index.mjs`. */
export type FunctionName = "api" | "sweep" | "poll" | "resource";

/**
 * The code of a function as the build made it: from `folder`, or else from `dist/functions` of the
 * package that this file is part of, which is our tree or an installed package. Throws where nothing
 * was built.
 */
export function functionCode(name: FunctionName, folder: string = builtFunctions()): Code {
  const path = join(folder, name);
  if (!existsSync(join(path, "index.mjs"))) {
    throw new Error(
      `expected ${join(path, "index.mjs")} to exist, got nothing: run node build/functions.ts first`,
    );
  }
  return Code.fromAsset(path);
}

function builtFunctions(): string {
  const manifest = findPackageJSON(import.meta.url);
  if (manifest === undefined) {
    throw new Error("expected functionsFolder where no package.json says where the functions are");
  }
  return join(dirname(manifest), "dist", "functions");
}

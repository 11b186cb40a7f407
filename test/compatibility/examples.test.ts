import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryPython, whyNoAwsCli, whyNoBoto3, whyNoQueryBoto3 } from "../support/otherClients.ts";
import { MillraceProcess } from "../unit/bin/millraceProcess.ts";

/** A block of a page that a reader would copy. */
interface Example {
  readonly title: string;
  readonly language: string;
  readonly text: string;
}

/** The blocks of a page, from a heading to the next of its kind or to the end. */
async function examplesOf(page: string, from: string): Promise<readonly Example[]> {
  const text = await readFile(page, "utf8");
  const start = text.indexOf(from);
  if (start < 0) throw new Error(`expected ${page} to have ${from}`);
  const end = from.startsWith("## ") ? text.indexOf("\n## ", start) : text.length;
  const blocks = text.slice(start, end).matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].map(([, language = "", block = ""], place) => ({
    title: `${page}, block ${place + 1} (${language})`,
    language,
    text: block,
  }));
}

const written = [
  ...(await examplesOf("README.md", "## Use it")),
  ...(await examplesOf("docs/clients.md", "# Clients")),
];
/** The program for boto3 is one for its older versions, too. */
const older = written
  .filter(({ language }) => language === "python")
  .map((example) => ({
    ...example,
    language: "older python",
    title: `${example.title}, by Query`,
  }));
const examples = [...written, ...older];

const server = new MillraceProcess(["--port", "0", "--data", ":memory:"]);
let folder: string;

beforeAll(async () => {
  // Inside of the project, so that packages are found.
  await mkdir(".cache", { recursive: true });
  folder = await mkdtemp(join(".cache", "examples-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** Why an example cannot be run here, if it cannot. */
function lackOf({ language, text }: Example): string | undefined {
  if (language === "python") return whyNoBoto3();
  if (language === "older python") return whyNoQueryBoto3();
  return text.includes("aws --endpoint-url") ? whyNoAwsCli() : undefined;
}

/** How a reader would run it. */
async function commandFor({ language, text }: Example): Promise<Command> {
  switch (language) {
    case "sh":
      return { program: "bash", args: ["-eu", "-c", text] };
    case "python":
      return { program: "python3", args: ["-c", text] };
    case "older python":
      return { program: queryPython, args: ["-c", text] };
    default: {
      const file = join(folder, "example.mjs");
      const { code } = await transform(text, {
        loader: language === "ts" ? "ts" : "js",
        format: "esm",
        tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
      });
      await writeFile(file, code);
      return { program: process.execPath, args: [file] };
    }
  }
}

/** All that it printed, once it ended, or printed what it is about: consumers do not end. */
function outputOf({ program, args }: Command): Promise<string> {
  const env = {
    ...process.env,
    PATH: `${resolve(".cache/venv/bin")}:${process.env["PATH"]}`,
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
  };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve: end, reject } = Promise.withResolvers<string>();
  let output = "";
  const take = (text: Buffer) => {
    output += text;
    if (program === process.execPath && /^hello$/m.test(output)) child.kill();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  child.once("error", reject);
  child.once("close", () => end(output));
  return promise;
}

describe("the examples of the docs", { timeout: 60_000 }, () => {
  it("are all there", () => {
    expect(written.map(({ language }) => language)).toEqual(
      ["js", "python", "sh", "sh"].concat(["sh", "js", "js", "ts", "sh"]),
    );
  });

  it.for(examples)("work as they are written: $title", async (example, { skip }) => {
    const lack = lackOf(example);
    skip(lack !== undefined, lack);
    const { host } = new URL(await server.url);
    const text = example.text.replaceAll("127.0.0.1:9324", host);

    const output = await outputOf(await commandFor({ ...example, text }));

    // The message, its digest, or the queue that the others use.
    expect(output).toMatch(/hello|5d41402abc4b2a76b9719d911017c592|"queueUrl"/);
    expect(output).not.toMatch(/Error|urn:millrace:error/);
  });
});

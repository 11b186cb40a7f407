import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QueueServiceStack } from "../../infra/queueServiceStack.ts";

/** What is larger would be felt at every cold start. */
const bundleBytesMax = 768 * 1024;

let assembly: string;
let bundle: string;

beforeAll(async () => {
  assembly = await mkdtemp(join(tmpdir(), "millrace-cdk-"));
  const app = new App({ outdir: assembly });
  new QueueServiceStack(app, "Test");
  app.synth();
  const names = await readdir(assembly);
  const asset = names.find((name) => name.startsWith("asset."));
  bundle = join(assembly, asset ?? "no asset", "index.mjs");
});

afterAll(() => rm(assembly, { recursive: true, force: true }));

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs lines of code in a process that has imported the bundle's `handler`, as Lambda does. */
function runInBundle(code: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const script = `const { handler } = await import("${pathToFileURL(bundle)}");\n${code}`;
  const command = ["--input-type=module", "--eval", script];
  return new Promise((done) => {
    execFile(process.execPath, command, { env, cwd: assembly }, (_error, stdout, stderr) =>
      done({ stdout, stderr }),
    );
  });
}

const event = (method: string, path: string): string =>
  JSON.stringify({
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "example.lambda-url.eu-central-1.on.aws" },
    requestContext: { http: { method } },
    isBase64Encoded: false,
  });

const environment = {
  MILLRACE_TABLE: "millrace",
  MILLRACE_ACCOUNT: "123456789012",
  AWS_REGION: "eu-central-1",
};

describe("the bundle of functions/api.ts", () => {
  it("is one small file", async () => {
    const { size } = await stat(bundle);

    expect(size).toBeLessThan(bundleBytesMax);
  });

  it("answers a request without anything beside it", async () => {
    const { stdout, stderr } = await runInBundle(
      `console.log(JSON.stringify(await handler(${event("GET", "/health")}, {})));`,
      environment,
    );

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
  });

  it("refuses to start on a wrong environment and says everything that is wrong", async () => {
    const { stderr } = await runInBundle("", { MILLRACE_ACCOUNT: "1", MILLRACE_LOG_LEVEL: "loud" });

    expect(stderr).toContain("expected MILLRACE_TABLE to name the queue table, got nothing");
    expect(stderr).toContain("expected MILLRACE_ACCOUNT to be twelve digits, got 1");
    expect(stderr).toContain("expected MILLRACE_LOG_LEVEL to be one of debug");
  });
});

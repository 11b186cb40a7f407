import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** SQS clients that are not of npm. `.ci/run` puts them where they are looked for first. */
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${resolve(".cache/venv/bin")}:${process.env["PATH"] ?? ""}`,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_MAX_ATTEMPTS: "1",
  AWS_PAGER: "",
  // What the developer has set up for AWS itself stays out of it.
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_PROFILE: undefined,
};

/** Why a client cannot be run here, or `undefined` if it can. In CI that is an error. */
function whyNo(client: string, program: string, args: readonly string[]): string | undefined {
  if (spawnSync(program, args, { env: environment }).status === 0) return undefined;
  const reason = `${client} is not here: pip install --requirement .ci/requirements.txt`;
  if (process.env["CI"] !== undefined) throw new Error(reason);
  return reason;
}

export function whyNoAwsCli(): string | undefined {
  return whyNo("the AWS CLI", "aws", ["--version"]);
}

export function whyNoBoto3(): string | undefined {
  return whyNo("boto3", "python3", ["-c", "import boto3"]);
}

/** A Python with a boto3 of before late 2023, which speaks the Query protocol. */
export const queryPython = ".cache/venv-query/bin/python";

/** Why there is none here, or `undefined`. In CI that is an error. */
export function whyNoQueryBoto3(): string | undefined {
  if (existsSync(queryPython)) return undefined;
  const reason =
    "a boto3 that speaks Query is not here: make .cache/venv-query of .ci/requirements-query.txt";
  if (process.env["CI"] !== undefined) throw new Error(reason);
  return reason;
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program that talks to the SQS at an endpoint, as its environment tells it. That holds some
 * credentials, unless others are given.
 */
export async function runAt(
  endpoint: string,
  program: string,
  args: readonly string[],
  credentials: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const env = { ...environment, AWS_ENDPOINT_URL_SQS: endpoint, ...credentials };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve: end, reject } = Promise.withResolvers<Ended>();
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.once("error", reject);
  child.once("close", (code) => end({ code, stdout, stderr }));
  return await promise;
}

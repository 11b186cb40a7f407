import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, it } from "vitest";
import { keysSocketPath } from "../../../bin/keysSocket.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { aFolder, type Exit, MillraceProcess } from "./millraceProcess.ts";

const processes: MillraceProcess[] = [];

function millrace(...args: readonly string[]): MillraceProcess {
  const started = new MillraceProcess(args);
  processes.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

const keys = (folder: string, ...args: readonly string[]): Promise<Exit> =>
  millrace("keys", ...args, "--data", folder).exited;

const server = (folder: string, ...args: readonly string[]): MillraceProcess =>
  millrace("--port", "0", "--data", folder, ...args);

async function create(folder: string, ...args: readonly string[]) {
  const { stdout } = await keys(folder, "create", "--json", ...args);
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout);
  return {
    accessKeyId: String(AccessKeyId),
    secretAccessKey: String(SecretAccessKey),
    ...(SessionToken === undefined ? {} : { sessionToken: String(SessionToken) }),
  };
}

/** Whether a key lets its holder in, or the code of the refusal. */
async function listQueues(
  url: string,
  credentials: Awaited<ReturnType<typeof create>>,
): Promise<string> {
  const client = new SQSClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 });
  try {
    await client.send(new ListQueuesCommand({}));
    return "let in";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  } finally {
    client.destroy();
  }
}

describe("millrace keys, while no server runs", () => {
  it("makes a key, its folder and a key file for its owner alone", async () => {
    await using root = await aFolder();
    const folder = join(root.path, "made", "for", "it");

    const { code, stdout, stderr } = await keys(folder, "create");

    expect([code, stderr]).toEqual([0, "millrace: the secret is shown this once; keep it now\n"]);
    expect(stdout).toMatch(
      /^export AWS_ACCESS_KEY_ID=MRAK[A-Z2-7]{16}\nexport AWS_SECRET_ACCESS_KEY=[\w+/]{40}\n$/,
    );
    expect((await stat(join(folder, "millrace.key"))).mode & 0o777).toBe(0o600);
  });

  it("lists, disables, enables and deletes, and never shows the secret again", async () => {
    await using folder = await aFolder();
    const { accessKeyId: id, secretAccessKey } = await create(folder.path, "--queues", "orders-*");

    const steps = [
      await keys(folder.path, "list"),
      await keys(folder.path, "disable", id),
      await keys(folder.path, "list", "--json"),
      await keys(folder.path, "enable", id),
      await keys(folder.path, "delete", id),
      await keys(folder.path, "list"),
    ];

    expect(steps.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(steps[0]?.stdout).toMatch(new RegExp(`^${id}  enabled .*  orders-\\*$`, "m"));
    expect(JSON.parse(steps[2]?.stdout ?? "")).toMatchObject({
      AccessKeys: [{ AccessKeyId: id, Status: "disabled" }],
    });
    expect(steps[5]?.stdout).toBe("account 000000000000 has no access keys\n");
    expect(JSON.stringify(steps)).not.toContain(secretAccessKey);
  });

  it("says in one line that there is no such key", async () => {
    await using folder = await aFolder();
    const { accessKeyId } = await create(folder.path);

    const exit = await keys(folder.path, "delete", accessKeyId, "--account", "999999999999");

    expect(exit).toEqual({
      code: 1,
      stdout: "",
      stderr: `millrace: account 999999999999 has no access key ${accessKeyId}\n`,
    });
  });

  it("says in one line that a key file holds no key", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "k");
    await writeFile(path, "correct horse\n");

    const exit = await keys(folder.path, "create", "--key-file", path);

    expect(exit).toEqual({
      code: 1,
      stdout: "",
      stderr: `millrace: cannot reach the access keys: key file ${path}: expected line 1 to be 32 bytes in base64\n`,
    });
  });

  it("seals under the key file it is given, and makes that", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "elsewhere", "k");

    await create(folder.path, "--key-file", path);

    expect(await readFile(path, "utf8")).toMatch(/^# Millrace: .*\n[\w+/]{43}=\n$/);
    await expect(stat(join(folder.path, "millrace.key"))).rejects.toThrow(/ENOENT/);
  });
});

describe("millrace --auth required", () => {
  it("starts without keys and says how to make one", async () => {
    await using folder = await aFolder();
    const started = server(folder.path, "--auth", "required");
    const url = await started.url;
    started.signal("SIGTERM");

    const { code, stdout, stderr } = await started.exited;

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `Millrace ${packageJson.version} accepts requests that are signed with an access key.\n` +
        "Account 000000000000 has none yet: make one with millrace keys create, and the same settings.\n" +
        `millrace is ready at ${url} (data in ${folder.path})\n`,
    );
  });

  it("lets in a key that was made before, and does not speak of making one", async () => {
    await using folder = await aFolder();
    const credentials = await create(folder.path);
    const started = server(folder.path, "--auth", "required", "--host", "0.0.0.0");

    const answer = await listQueues(await started.url, credentials);
    started.signal("SIGTERM");
    const { stdout, stderr } = await started.exited;

    expect(answer).toBe("let in");
    expect(stdout).not.toContain("has none yet");
    expect(stderr).toBe("");
  });

  it("takes keys while it runs, and stops them at once", async () => {
    await using folder = await aFolder();
    const url = await server(folder.path, "--auth", "required").url;

    const credentials = await create(folder.path);
    const answers = [await listQueues(url, credentials)];
    for (const verb of ["disable", "enable", "delete"]) {
      await keys(folder.path, verb, credentials.accessKeyId);
      answers.push(await listQueues(url, credentials));
    }

    expect(answers).toEqual(["let in", "InvalidClientTokenId", "let in", "InvalidClientTokenId"]);
  });

  it("takes temporary credentials, and keys of other accounts", async () => {
    await using folder = await aFolder();
    const url = await server(folder.path, "--auth", "required").url;
    const credentials = await create(folder.path, "--expires", "60", "--account", "123456789012");
    const { sessionToken: _left, ...withoutToken } = credentials;

    expect(await listQueues(url, credentials)).toBe("let in");
    expect(await listQueues(url, withoutToken)).toBe("InvalidClientTokenId");
    expect((await keys(folder.path, "list")).stdout).toMatch(/has no access keys/);
  });

  it("opens its socket to its owner alone, after an end without warning too", async () => {
    await using folder = await aFolder();
    const first = server(folder.path, "--auth", "required");
    await first.url;
    first.signal("SIGKILL");
    await first.exited;

    await server(folder.path, "--auth", "required").url;

    expect((await stat(keysSocketPath(folder.path))).mode & 0o777).toBe(0o600);
    expect(await create(folder.path)).toHaveProperty("accessKeyId");
  });

  it("starts where the path is too long for a socket, and says so", async () => {
    await using root = await aFolder();
    const folder = join(root.path, "a".repeat(120));
    const started = server(folder, "--auth", "required");
    await started.url;

    const refused = await keys(folder, "list");
    started.signal("SIGTERM");
    const { stderr } = await started.exited;

    expect(JSON.parse(stderr)).toMatchObject({ event: "keysSocket.failed" });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/in use by another process: stop that server/);
  });

  it("warns of a key file that others may read", async () => {
    await using folder = await aFolder();
    await create(folder.path);
    await chmod(join(folder.path, "millrace.key"), 0o644);
    const started = server(folder.path, "--auth", "required");
    await started.url;
    started.signal("SIGTERM");

    const { stderr } = await started.exited;

    expect(JSON.parse(stderr)).toMatchObject({ event: "keyFile.exposed" });
  });

  it("does not start over a key file that holds no key", async () => {
    await using folder = await aFolder();
    await mkdir(folder.path, { recursive: true });
    await writeFile(join(folder.path, "millrace.key"), "");

    const { code, stderr } = await server(folder.path, "--auth", "required").exited;

    expect([code, stderr]).toEqual([
      1,
      `millrace: cannot start: key file ${folder.path}/millrace.key: expected a line of 32 bytes in base64, got none\n`,
    ]);
  });
});

describe("millrace keys, while a server runs that checks no signatures", () => {
  it("says what to do", async () => {
    await using folder = await aFolder();
    await server(folder.path).url;

    expect(await keys(folder.path, "create")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        `millrace: cannot reach the access keys: ${folder.path}/millrace.db is in use by another process: ` +
        "stop that server, or start it with --auth required, which takes keys as it runs\n",
    });
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { HttpConnection } from "../../bench/httpConnection.ts";
import { createQueue, httpQueue } from "../../bench/httpQueue.ts";
import { startMillrace } from "../../bench/millraceProcess.ts";

const program = fileURLToPath(new URL("../../bin/millrace.ts", import.meta.url));
const visibilityTimeoutSeconds = 30;
const sendsMax = 500;
const stopMsMax = 20_000;
const nobody = 65_534;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-disk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Starts Millrace under a shell's limit on the size of files, in blocks of 1 KB, until it ends. */
function startLimited(folder: string, kilobytes: number) {
  const flags = ["--port", "0", "--log-level", "warn", "--data", folder];
  const child = spawn(
    "bash",
    ["-c", `ulimit -f ${kilobytes}; exec "$@"`, "bash", process.execPath, program, ...flags],
    { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000, killSignal: "SIGKILL" },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function urlOf(child: ReturnType<typeof startLimited>): Promise<string> {
  let said = "";
  for await (const bytes of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(bytes);
    const url = /is ready at (http:\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`expected a server, got ${said}`);
}

/** A name that says which message it is, and so much behind it that files grow. */
function bodyOf(number: number): string {
  return `${number} ${"0123456789abcdef".repeat(400)}`.slice(0, 6000) + Math.random();
}

describe("a disk that is full", () => {
  it("refuses what it cannot keep, and has kept what it acknowledged once", async () => {
    const folder = await temporaryFolder();
    const child = startLimited(folder, 1024);
    const errors = text(child.stderr);
    const url = await urlOf(child);
    const connection = await HttpConnection.open(url);
    const queue = httpQueue(connection, await createQueue(connection, "full"));
    const acknowledged: string[] = [];
    const refusals: unknown[] = [];
    for (let sends = 0; sends < sendsMax && refusals.length < 3; sends += 1) {
      const body = bodyOf(sends);
      await queue.send([body]).then(
        () => acknowledged.push(body),
        (error: unknown) => refusals.push(error),
      );
    }
    expect(refusals).toHaveLength(3);
    expect(String(refusals[0])).toMatch(/\b50[03]\b/);
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await errors).not.toContain("Uncaught");

    const server = await startMillrace({ flags: ["--data", folder] });
    onTestFinished(() => server.kill());
    const later = await HttpConnection.open(server.url);
    const again = httpQueue(later, await createQueue(later, "full"));
    const received: string[] = [];
    for (;;) {
      const options = { most: 10, visibilityTimeoutSeconds, waitSeconds: 0 };
      const deliveries = await again.receive(options);
      if (deliveries.length === 0) break;
      received.push(...deliveries.map(({ body }) => body));
      await again.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
    }

    expect(acknowledged.length).toBeGreaterThan(20);
    expect(acknowledged.filter((body) => !received.includes(body))).toEqual([]);
    expect(new Set(received).size).toBe(received.length);
  }, 60_000);
});

describe("a database file that is none", () => {
  it.each([
    { what: "text", contents: Buffer.from("no database at all\n".repeat(100)) },
    {
      what: "a header and noise",
      contents: Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8192, 7)]),
    },
  ])(
    "is refused with its name, and left as it is: $what",
    async ({ contents }) => {
      const folder = await temporaryFolder();
      const first = await startMillrace({ flags: ["--data", folder] });
      await first.stop();
      const [name = ""] = (await readdir(folder)).filter((file) => file.endsWith(".db"));
      const path = join(folder, name);
      await writeFile(path, contents);

      const child = spawn(process.execPath, [program, "--port", "0", "--data", folder], {
        stdio: ["ignore", "pipe", "pipe"],
        timeout: stopMsMax,
      });
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);

      expect(code).toBeGreaterThan(0);
      expect(said).toContain(`cannot open ${path}`);
      expect(await readFile(path)).toEqual(contents);
    },
    30_000,
  );
});

describe("a database file that may only be read", () => {
  it("is refused with its name, and left as it is", async ({ skip }) => {
    // Nothing is read-only to root, who becomes somebody else for this.
    const isRoot = process.getuid?.() === 0;
    skip(process.getuid === undefined, "this system knows no file modes");
    const folder = await temporaryFolder();
    const first = await startMillrace({ flags: ["--data", folder] });
    await first.stop();
    const [name = ""] = (await readdir(folder)).filter((file) => file.endsWith(".db"));
    const path = join(folder, name);
    const contents = await readFile(path);
    await chmod(path, 0o444);
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));

    const child = spawn(process.execPath, [program, "--port", "0", "--data", folder], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: stopMsMax,
      ...(isRoot && { uid: nobody, gid: nobody }),
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);

    expect(code).toBeGreaterThan(0);
    expect(said).toContain(`cannot open ${path}`);
    expect(await readFile(path)).toEqual(contents);
  }, 30_000);
});

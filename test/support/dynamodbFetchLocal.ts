import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dynamodbLocalFolder } from "./dynamodbLocalFolder.ts";

/**
 * Fetches Amazon's DynamoDB Local out of the npm package that carries it, checks it, and puts it
 * where the tests look. Does nothing if it is there. Run as `npm run dynamodb-local`.
 */
const carrier = "amplify-dynamodb-simulator@2.9.30";
const integrity =
  "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==";

if (existsSync(join(dynamodbLocalFolder, "DynamoDBLocal.jar"))) {
  process.stdout.write(`DynamoDB Local is already in ${dynamodbLocalFolder}\n`);
} else {
  await fetchDynamodbLocal();
  process.stdout.write(`DynamoDB Local is now in ${dynamodbLocalFolder}\n`);
}

async function fetchDynamodbLocal(): Promise<void> {
  const parent = dirname(dynamodbLocalFolder);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, "fetch-"));
  try {
    const packed = JSON.parse(run("npm", ["pack", carrier, "--json", "--pack-destination", work]));
    const tarball = join(work, String(packed[0].filename));
    assertIntegrity(tarball);
    run("tar", ["-xzf", tarball, "-C", work, "package/emulator"]);
    // Moved as a whole, so that what is in place is complete.
    await rename(join(work, "package/emulator"), dynamodbLocalFolder);
  } finally {
    await rm(work, { recursive: true });
  }
}

function assertIntegrity(tarball: string): void {
  const found = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (found !== integrity) throw new Error(`expected ${carrier} to be ${integrity}, got ${found}`);
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`, { cause: error });
  return stdout;
}

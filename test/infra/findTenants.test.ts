import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { App, RemovalPolicy } from "aws-cdk-lib";
import { afterAll, describe, expect, it } from "vitest";
import { findTenants } from "../../infra/findTenants.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-tenants-"));
afterAll(() => rmSync(folder, { recursive: true }));

const found = (context: Record<string, unknown>) => findTenants(new App({ context }).node);

/** A file with this in it. */
function aFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("findTenants", () => {
  it("reads a file", () => {
    const tenantsFile = aFile("two.json", JSON.stringify({ tenants: [acme, globex] }));

    expect(found({ tenantsFile }).map(({ stackName }) => stackName)).toEqual([
      "Millrace-acme",
      "Millrace-globex",
    ]);
  });

  it("reads a list in the context, and then no file", () => {
    expect(found({ tenants: [acme], tenantsFile: "missing.json" })).toHaveLength(1);
  });

  it.each([
    ["false", RemovalPolicy.RETAIN],
    ["true", RemovalPolicy.DESTROY],
  ])("makes one tenant of the command line, disposable: %s", (disposable, removalPolicy) => {
    const [tenant] = found({ tenant: "acme", region: "eu-central-1", disposable });

    expect(tenant?.props).toMatchObject({
      tenantName: "acme",
      env: { region: "eu-central-1" },
      removalPolicy,
    });
  });

  it("says how tenants are given where there are none", () => {
    expect(() => found({})).toThrow("expected tenants, got none. Give them in one of three ways");
  });

  it("names the file that cannot be read", () => {
    const tenantsFile = aFile("broken.json", "{");

    expect(() => found({ tenantsFile })).toThrow(`expected ${tenantsFile} to be readable as JSON`);
    expect(() => found({ tenantsFile: "missing.json" })).toThrow("expected missing.json");
  });

  it("names what is wrong in the command line", () => {
    expect(() => found({ tenant: "acme", region: "mars", disposable: "maybe" })).toThrow(
      [
        "the context:",
        '  tenants[0].region: expected a region of AWS, got "mars"',
        '  tenants[0].removalPolicy: expected "retain" or "destroy", got "maybe"',
      ].join("\n"),
    );
  });
});

describe("the app", () => {
  it("says what is wrong with its tenants, and nothing of the program", async () => {
    const tenantsFile = aFile("wrong.json", '{ "tenants": [{ "name": "acme" }] }');
    const env = { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ tenantsFile }) };

    const run = promisify(execFile)(process.execPath, ["infra/app.ts"], { env });

    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: `${tenantsFile}:\n  tenants[0].region: expected a region of AWS, got nothing\n`,
    });
  });
});

const acme = { name: "acme", region: "eu-central-1" };
const globex = { name: "globex", region: "us-east-1" };

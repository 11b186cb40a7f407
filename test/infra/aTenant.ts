import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { afterAll, vi } from "vitest";
import { TenantStack, type TenantStackProps } from "../../infra/tenantStack.ts";

// The first synthesis in a process reads most of the CDK.
vi.setConfig({ testTimeout: 60_000 });

/** Functions that do nothing, since a template says of each only where it is. */
const functionsFolder: string = mkdtempSync(join(tmpdir(), "millrace-functions-"));
for (const name of ["api", "sweep", "poll", "resource"]) {
  mkdirSync(join(functionsFolder, name));
  writeFileSync(join(functionsFolder, name, "index.mjs"), `export const handler = "${name}";\n`);
}
afterAll(() => rmSync(functionsFolder, { recursive: true }));

/** A tenant that says only what the test is about. */
export function aTenant(props: Partial<TenantStackProps> = {}, app: App = new App()): TenantStack {
  const { tenantName = "acme" } = props;
  return new TenantStack(app, `Millrace-${tenantName}`, {
    env: { region: "eu-central-1" },
    functionsFolder,
    ...props,
    tenantName,
  });
}

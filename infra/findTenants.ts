import { existsSync, readFileSync } from "node:fs";
import type { Node } from "constructs";
import { readTenants, type TenantConfig, TenantsError } from "./tenants.ts";

const help = `expected tenants, got none. Give them in one of three ways:
  tenants.json                  as tenants.example.json shows; or another file, by -c tenantsFile=FILE
  "tenants" in cdk.json         the same list, in the context
  -c tenant=NAME -c region=…    one tenant with the defaults; -c disposable=true: it may be deleted`;

/**
 * The tenants of the app: from its context, or else from a file. Throws one error that names everything
 * that is wrong, or says how tenants are given where there are none.
 */
export function findTenants(node: Node): readonly TenantConfig[] {
  const listed: unknown = node.tryGetContext("tenants");
  if (listed !== undefined) return readTenants({ tenants: listed }, "the context");

  const name: unknown = node.tryGetContext("tenant");
  if (name !== undefined) return readTenants({ tenants: [alone(node, name)] }, "the context");

  const named: unknown = node.tryGetContext("tenantsFile");
  const file = typeof named === "string" ? named : "tenants.json";
  if (named === undefined && !existsSync(file)) throw new TenantsError(help);
  return readTenants(jsonIn(file), file);
}

/** The command line gives texts only. */
function alone(node: Node, name: unknown): unknown {
  const disposable: unknown = node.tryGetContext("disposable") ?? "false";
  return {
    name,
    region: node.tryGetContext("region") ?? process.env["CDK_DEFAULT_REGION"],
    removalPolicy: { true: "destroy", false: "retain" }[String(disposable)] ?? disposable,
  };
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new TenantsError(`expected ${file} to be readable as JSON: ${cause}`, { cause });
  }
}

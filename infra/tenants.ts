import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Fields, type Parse } from "./fields.ts";
import type { ProvisionedCapacity } from "./queueTable.ts";
import type { TenantStackProps } from "./tenantStack.ts";
import type { WorkerTriggerProps } from "./workerTrigger.ts";

/** A tenant as it is written down. */
export interface TenantConfig {
  readonly stackName: string;
  readonly props: TenantStackProps;
  readonly triggers: readonly TriggerConfig[];
}

/** A worker that exists, and the queue that it works on. */
export interface TriggerConfig extends Omit<WorkerTriggerProps, "tenant" | "worker"> {
  readonly name: string;
  readonly workerArn: string;
}

/** What people wrote of their tenants is wrong. The message says everything of it. */
export class TenantsError extends Error {
  override readonly name = "TenantsError";
}

/**
 * Reads a list of tenants. Throws one error that names everything that is wrong with it, each after its
 * path in `source`.
 */
export function readTenants(given: unknown, source: string): readonly TenantConfig[] {
  const problems: string[] = [];
  const fields = new Fields("", given, problems);
  const indexByName = new Map<string, number>();
  const tenants = fields.list("tenants", (tenant, at) => {
    const config = readTenant(tenant);
    const first = indexByName.get(config.props.tenantName);
    if (first !== undefined) tenant.refuse("name", `another name than that of tenants[${first}]`);
    indexByName.set(config.props.tenantName, first ?? at);
    return config;
  });
  fields.end();
  if (tenants.length === 0 && problems.length === 0) {
    problems.push("tenants: expected at least one tenant, got none");
  }
  if (problems.length > 0) throw new TenantsError([`${source}:`, ...problems].join("\n  "));
  return tenants;
}

function readTenant(tenant: Fields): TenantConfig {
  const triggerIndexByName = new Map<string, number>();
  const name = tenant.required("name", nameRule, "", matching(namePattern));
  const region = tenant.required("region", "a region of AWS", "", matching(regionPattern));
  const awsAccount = tenant.optional("awsAccount", "twelve digits", matching(accountPattern));
  const removal = tenant.optional("removalPolicy", '"retain" or "destroy"', oneOf(removals));
  const days = tenant.optional(
    "logRetentionDays",
    "a number of days that CloudWatch knows",
    (value) => retentions.find((each) => each === value),
  );
  return {
    stackName: `Millrace-${name}`,
    triggers: tenant.list("triggers", (trigger, at) => {
      const config = readTrigger(trigger, region);
      const first = triggerIndexByName.get(config.name);
      if (first !== undefined)
        trigger.refuse("name", `another name than that of triggers[${first}]`);
      triggerIndexByName.set(config.name, first ?? at);
      return config;
    }),
    props: {
      tenantName: name,
      env: { region, ...(awsAccount !== undefined && { account: awsAccount }) },
      queueAccount: tenant.optional("account", "twelve digits", matching(accountPattern)),
      removalPolicy: removal === "destroy" ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      provisioned: tenant.object("provisioned", readCapacity),
      bucketThreshold: tenant.optional("bucketThreshold", thresholdRule, (value) =>
        value === "never" ? value : whole(1, thresholdMax)(value),
      ),
      restoredTable: tenant.optional(
        "restoredTable",
        "the name of a table",
        matching(tablePattern),
      ),
      customerKey: tenant.optional("customerKey", "true or false", flag),
      domain: tenant.object("domain", (domain) => ({
        domainName: domain.required("name", "the name of a host", "", matching(hostPattern)),
        certificateArn: domain.required(
          "certificateArn",
          certificateRule,
          "",
          matching(certificate),
        ),
      })),
      reservedConcurrency: tenant.optional("reservedConcurrency", "1 to 100000", whole(1, 100_000)),
      logLevel: tenant.optional("logLevel", `one of ${logLevels.join(", ")}`, oneOf(logLevels)),
      logRetention: days,
      tracing: tenant.optional("tracing", "true or false", flag),
      alarms: tenant.object("alarms", (alarms) => {
        const minutes = alarms.optional("oldestMessageMinutes", "1 to 20160", whole(1, 20_160));
        return {
          email: alarms.optional("email", "an e-mail address", matching(emailPattern)),
          oldestMessageAge: minutes === undefined ? undefined : Duration.minutes(minutes),
          concurrency: alarms.optional("concurrency", "1 to 100000", whole(1, 100_000)),
        };
      }),
    },
  };
}

/** A trigger of a tenant in that region, which is empty where it is not known. */
function readTrigger(trigger: Fields, region: string): TriggerConfig {
  const seconds = (name: string, max: number, of = "") => {
    const expected = max === 0 ? "0" : `0 to ${max}`;
    const given = trigger.optional(name, `${expected}${of}`, whole(0, max));
    return given === undefined ? undefined : Duration.seconds(given);
  };
  const name = trigger.required("name", nameRule, "", matching(namePattern));
  const queue = trigger.required("queue", "the name of a queue", "", matching(queuePattern));
  const workerArn = trigger.required("worker", workerRule, "", matching(functionPattern));
  // Lambda invokes no function of another region.
  if (region !== "" && workerArn !== "" && workerArn.split(":")[3] !== region) {
    trigger.refuse("worker", `a function in the tenant's region, ${region}`);
  }
  const isFifo = queue.endsWith(".fifo");
  const [batchMax, windowMax, of] = isFifo ? [10, 0, ", of a FIFO queue"] : [10_000, 300, ""];
  return {
    name,
    queue,
    workerArn,
    batchSize: trigger.optional("batchSize", `1 to ${batchMax}${of}`, whole(1, batchMax)),
    maxBatchingWindow: seconds("batchingWindowSeconds", windowMax, of),
    maxConcurrency: trigger.optional("maxConcurrency", "1 to 1000", whole(1, 1000)),
    reportBatchItemFailures: trigger.optional("reportBatchItemFailures", "true or false", flag),
    waitTime: seconds("waitSeconds", 20),
  };
}

function readCapacity(capacity: Fields): ProvisionedCapacity {
  const range = { min: 1, max: 1 };
  const rangeOf = (fields: Fields) => {
    const min = fields.required("min", "1 to 40000", 1, whole(1, 40_000));
    const max = fields.required("max", "1 to 40000", min, whole(1, 40_000));
    if (max < min) fields.refuse("max", `at least min, ${min}`);
    return { min, max };
  };
  return {
    read: capacity.object("read", rangeOf) ?? missing("read"),
    write: capacity.object("write", rangeOf) ?? missing("write"),
  };

  function missing(name: string): typeof range {
    capacity.refuse(name, "an object with min and max");
    return range;
  }
}

const removals = ["retain", "destroy"] as const;
const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
const retentions = Object.values(RetentionDays).filter((days) => typeof days === "number");
const thresholdMax = 1024 * 1024;
const thresholdRule = `1 to ${thresholdMax}, or "never"`;
const nameRule = "lower-case letters, digits and hyphens, at most 32, beginning with a letter";
const namePattern = /^[a-z][a-z0-9-]{0,31}$/;
const tablePattern = /^[\w.-]{3,255}$/;
const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const accountPattern = /^\d{12}$/;
const queuePattern = /^[\w-]{1,80}$|^[\w-]{1,75}\.fifo$/;
const workerRule = "the ARN of a function";
const functionPattern = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/;
const hostPattern = /^(?=.{1,253}$)(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}$/;
const certificate = /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;
const certificateRule = "the ARN of a certificate in us-east-1";
const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function matching(pattern: RegExp): Parse<string> {
  return (given) => (typeof given === "string" && pattern.test(given) ? given : undefined);
}

function oneOf<Value extends string>(values: readonly Value[]): Parse<Value> {
  return (given) => values.find((value) => value === given);
}

function whole(min: number, max: number): Parse<number> {
  return (given) =>
    typeof given === "number" && Number.isInteger(given) && given >= min && given <= max
      ? given
      : undefined;
}

function flag(given: unknown): boolean | undefined {
  return typeof given === "boolean" ? given : undefined;
}

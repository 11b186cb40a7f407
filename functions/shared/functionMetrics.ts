import { Metrics } from "@aws-lambda-powertools/metrics";
import type { Config } from "#service/config.ts";

/** The namespace of all metrics in CloudWatch. */
const namespace = "Millrace";

/**
 * Metrics in CloudWatch's embedded format, with the one dimension Tenant. For those of one queue: add the
 * dimension QueueName, add the metrics, and call `publishStoredMetrics`, which forgets both.
 */
export function openFunctionMetrics({
  tenant,
  account,
}: Pick<Config, "tenant" | "account">): Metrics {
  const metrics = new Metrics({ namespace });
  // What Powertools set by themselves is a dimension `service`, which would be part of every name.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ Tenant: tenant ?? account });
  return metrics;
}

import { Duration } from "aws-cdk-lib";
import { Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";

/** The namespace in which the functions publish. */
const namespace = "Millrace";

/** A metric over all queues of a tenant. */
export function tenantMetric(tenantName: string, metricName: string): Metric {
  return metricOf({ Tenant: tenantName }, metricName);
}

/** A metric of one queue, under the name that SQS gives it. */
export function queueMetric(
  tenantName: string,
  queueName: string,
  metricName: string,
  options?: MetricOptions,
): Metric {
  return metricOf({ Tenant: tenantName, QueueName: queueName }, metricName, options);
}

function metricOf(
  dimensionsMap: Readonly<Record<string, string>>,
  metricName: string,
  options?: MetricOptions,
): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap,
    period: Duration.minutes(1),
    statistic: Stats.MAXIMUM,
    ...options,
  });
}

import { Duration } from "aws-cdk-lib";
import { Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";

/** The namespace in which the functions publish. */
const namespace = "Millrace";

const defaults = { period: Duration.minutes(1), statistic: Stats.MAXIMUM } as const;

/** A metric over all queues of a tenant. */
export function tenantMetric(
  tenantName: string,
  metricName: string,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap: { Tenant: tenantName },
    ...defaults,
    ...options,
  });
}

/** A metric of one queue, under the name that SQS gives it. */
export function queueMetric(
  tenantName: string,
  queueName: string,
  metricName: string,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap: { Tenant: tenantName, QueueName: queueName },
    ...defaults,
    ...options,
  });
}

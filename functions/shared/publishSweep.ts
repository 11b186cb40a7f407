import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { SweepReport, SweptQueue } from "#service/sweepOnTimer.ts";

/**
 * Publishes what a sweep found: of each queue what SQS publishes of its own, under the queue's name, and
 * of the tenant how old the oldest message is and how many messages lie in dead-letter queues.
 */
export function publishSweep(metrics: Metrics, { queues, totals }: SweepReport): void {
  for (const queue of queues) publishQueue(metrics, queue);
  // Of all queues once they were all seen: a part of them would look like fewer dead letters.
  if (totals === undefined) return;
  metrics.addMetric("ApproximateAgeOfOldestMessage", MetricUnit.Seconds, ageOf(totals));
  metrics.addMetric("DeadLetterMessages", MetricUnit.Count, totals.deadLetters);
  metrics.publishStoredMetrics();
}

function publishQueue(metrics: Metrics, queue: SweptQueue): void {
  const { name, available, inFlight, delayed } = queue;
  metrics.addDimension("QueueName", name);
  metrics.addMetric("ApproximateNumberOfMessagesVisible", MetricUnit.Count, available);
  metrics.addMetric("ApproximateNumberOfMessagesNotVisible", MetricUnit.Count, inFlight);
  metrics.addMetric("ApproximateNumberOfMessagesDelayed", MetricUnit.Count, delayed);
  metrics.addMetric("ApproximateAgeOfOldestMessage", MetricUnit.Seconds, ageOf(queue));
  metrics.publishStoredMetrics();
}

function ageOf({ oldestAgeMs }: { readonly oldestAgeMs: number }): number {
  return Math.floor(oldestAgeMs / 1000);
}

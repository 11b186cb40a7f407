import { Duration } from "aws-cdk-lib";
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  PeriodOverride,
  Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { throttles, urlMetric, type Watched } from "./alarms.ts";
import { tenantMetric } from "./metrics.ts";

/** One page on which a person on call sees what is wrong: the queues, the callers, the functions, the table. */
export class TenantDashboard extends Construct {
  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    const { tenantName, api, sweeper, poller, declarations, table } = watched;
    const functions = { api, sweep: sweeper, poll: poller, resource: declarations };
    const ofFunctions = (pick: (of: Watched["api"]["function"]) => Metric): IMetric[] =>
      Object.entries(functions).map(([label, { function: each }]) => pick(each).with({ label }));

    new Dashboard(this, "Page", {
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [
          graph("Age of the oldest message, in seconds", [
            ofEachQueue(tenantName, "ApproximateAgeOfOldestMessage"),
          ]),
          graph("Messages to be received", [
            ofEachQueue(tenantName, "ApproximateNumberOfMessagesVisible"),
          ]),
          graph("Messages in flight", [
            ofEachQueue(tenantName, "ApproximateNumberOfMessagesNotVisible"),
          ]),
          graph("Messages in dead-letter queues", [tenantMetric(tenantName, "DeadLetterMessages")]),
        ],
        [
          graph("Requests a minute", [
            api.function.metric("UrlRequestCount", { ...eachMinute, statistic: Stats.SUM }),
            urlMetric(api.function, "Url4xxCount"),
            urlMetric(api.function, "Url5xxCount"),
          ]),
          graph("Latency, long polls included, in ms", [
            api.function.metric("UrlRequestLatency", { ...eachMinute, statistic: Stats.p(50) }),
            api.function.metric("UrlRequestLatency", { ...eachMinute, statistic: Stats.p(99) }),
          ]),
          graph(
            "Running at once",
            ofFunctions((each) =>
              each.metric("ConcurrentExecutions", { ...eachMinute, statistic: Stats.MAXIMUM }),
            ),
          ),
        ],
        [
          graph(
            "Errors",
            ofFunctions((each) => each.metricErrors(eachMinute)),
          ),
          graph(
            "Throttled",
            ofFunctions((each) => each.metricThrottles(eachMinute)),
          ),
          graph(
            "Longest duration, in ms",
            ofFunctions((each) => each.metricDuration({ ...eachMinute, statistic: Stats.MAXIMUM })),
          ),
        ],
        [
          graph("DynamoDB: units a minute", [
            ofTable(table.tableName, "ConsumedReadCapacityUnits"),
            ofTable(table.tableName, "ConsumedWriteCapacityUnits"),
          ]),
          graph("DynamoDB: throttled", [throttles(table)]),
        ],
      ],
    });
  }
}

const eachMinute = { period: Duration.minutes(1) } as const;

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 6, height: 6, leftYAxis: { min: 0 } });
}

/** Every queue of the tenant, those to come included. */
function ofEachQueue(tenantName: string, metricName: string): IMetric {
  const where = `{Millrace,QueueName,Tenant} MetricName="${metricName}" Tenant="${tenantName}"`;
  return new MathExpression({
    expression: `SEARCH('${where}', 'Maximum', 60)`,
    label: "",
    usingMetrics: {},
    ...eachMinute,
  });
}

function ofTable(tableName: string, metricName: string): Metric {
  return new Metric({
    namespace: "AWS/DynamoDB",
    metricName,
    dimensionsMap: { TableName: tableName },
    statistic: Stats.SUM,
    ...eachMinute,
  });
}

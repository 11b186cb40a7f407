import { describe, expect, it } from "vitest";
import { openFunctionMetrics } from "../../../functions/shared/functionMetrics.ts";

describe("openFunctionMetrics", () => {
  it("counts under the tenant alone", () => {
    const metrics = openFunctionMetrics({ tenant: "acme", account: "111122223333" });

    const { _aws: described, Tenant } = metrics
      .addMetric("DeadLetterMessages", "Count", 3)
      .serializeMetrics();

    expect(Tenant).toBe("acme");
    expect(described.CloudWatchMetrics).toEqual([
      {
        Namespace: "Millrace",
        Dimensions: [["Tenant"]],
        Metrics: [{ Name: "DeadLetterMessages", Unit: "Count" }],
      },
    ]);
  });

  it("counts under a queue of the tenant", () => {
    const metrics = openFunctionMetrics({ tenant: undefined, account: "111122223333" });
    metrics.addDimension("QueueName", "orders");

    const emf = metrics.addMetric("ApproximateAgeOfOldestMessage", "Seconds", 7).serializeMetrics();

    expect(emf).toMatchObject({ Tenant: "111122223333", QueueName: "orders" });
    expect(emf._aws.CloudWatchMetrics[0]?.Dimensions.map((names) => names.toSorted())).toEqual([
      ["QueueName", "Tenant"],
    ]);
  });
});

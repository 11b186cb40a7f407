/** No answer of a worker is longer: it is what a Lambda function may answer. */
export const answerBytesMax = 6 * 1024 * 1024;

/** A worker's answer, if it is one that speaks of failures: it may say whatever else it likes. */
export function batchItemFailuresIn(answer: string): string | undefined {
  try {
    const value: unknown = JSON.parse(answer);
    const isReport = typeof value === "object" && value !== null && "batchItemFailures" in value;
    return isReport ? answer : undefined;
  } catch {
    return undefined;
  }
}

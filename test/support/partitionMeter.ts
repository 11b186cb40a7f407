import type { Answer, Fault } from "./dynamodbFaultProxy.ts";

/** What one partition key takes a second; DynamoDB's is 1,000 write and 3,000 read units. */
export interface PartitionLimits {
  readonly writeUnits: number;
  readonly readUnits: number;
}

interface Statement {
  readonly Statement: string;
  readonly Parameters?: readonly { readonly S?: string }[];
}

const refusal = "ProvisionedThroughputExceededException";
const lane = /^[0-9a-z]+\.[0-9a-z]+\.[0-9a-z]+$/;

/**
 * Refuses what goes beyond the units that a partition key takes in a second, as DynamoDB does. Each item
 * is taken for one unit: what is sent through here must be small.
 */
export class PartitionMeter {
  readonly #limits: PartitionLimits;
  readonly #nowMs: () => number;
  readonly #used = new Map<string, number>();
  #second = 0;
  /** Calls, or parts of calls, that were refused. */
  refused = 0;

  constructor(limits: PartitionLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** What the proxy does with requests of that action. */
  faultFor(action: string): Fault {
    return async (body, forward) => {
      const request = JSON.parse(body);
      if (action === "BatchExecuteStatement") return await this.#batch(request, forward);
      const isRead = action === "Query" || action === "GetItem";
      return partitionsOf(action, request).every((pk) => this.#takes(pk, isRead))
        ? await forward(body)
        : this.#refuse();
    };
  }

  /** Each statement has a fate of its own. */
  async #batch(
    request: { readonly Statements: readonly Statement[] },
    forward: (body: string) => Promise<Answer>,
  ): Promise<Answer> {
    const { Statements } = request;
    const isTaken = Statements.map((each) => this.#takes(partitionOf(each), false));
    this.refused += isTaken.filter((taken) => !taken).length;
    const taken = Statements.filter((_, index) => isTaken[index]);
    const answer =
      taken.length === 0
        ? { status: 200, body: JSON.stringify({ Responses: [] }) }
        : await forward(JSON.stringify({ ...request, Statements: taken }));
    if (answer.status !== 200) return answer;
    const parsed = JSON.parse(answer.body);
    const answers: unknown[] = [...parsed.Responses];
    const Responses = isTaken.map((taken) =>
      taken ? answers.shift() : { Error: { Code: "ProvisionedThroughputExceeded" } },
    );
    return { ...answer, body: JSON.stringify({ ...parsed, Responses }) };
  }

  #takes(pk: string, isRead: boolean): boolean {
    const second = Math.floor(this.#nowMs() / 1000);
    if (second !== this.#second) this.#used.clear();
    this.#second = second;
    const name = `${isRead} ${pk}`;
    const used = this.#used.get(name) ?? 0;
    if (used >= this.#limits[isRead ? "readUnits" : "writeUnits"]) return false;
    this.#used.set(name, used + 1);
    return true;
  }

  #refuse(): Answer {
    this.refused += 1;
    const type = `com.amazonaws.dynamodb.v20120810#${refusal}`;
    return {
      status: 400,
      body: JSON.stringify({ __type: type, message: "the partition is busy" }),
    };
  }
}

/** The partition keys that a request for one action is about. */
function partitionsOf(action: string, request: Record<string, unknown>): readonly string[] {
  const text = JSON.stringify(request);
  if (action === "Query") return [/":pk":\{"S":"([^"]*)"/.exec(text)?.[1] ?? ""];
  return [...text.matchAll(/"pk":\{"S":"([^"]*)"/g)].map(([, pk = ""]) => pk);
}

function partitionOf({ Parameters = [] }: Statement): string {
  return Parameters.find(({ S = "" }) => lane.test(S))?.S ?? "";
}

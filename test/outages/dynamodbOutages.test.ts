import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { whyNoDynamodbEngine } from "../support/dynamodbEngine.ts";
import { type Fault, refuse } from "../support/dynamodbFaultProxy.ts";
import type { Holdings } from "../support/serverProbe.ts";
import { DynamodbPlace } from "./dynamodbPlace.ts";
import { eventually } from "./eventually.ts";
import { Crowd } from "./outageCrowd.ts";

interface Outage {
  readonly what: string;
  readonly begin: (place: DynamodbPlace) => void | Promise<void>;
  readonly end?: (place: DynamodbPlace) => Promise<void>;
}

const outageMsMax = 400_000;
/** Longer than the table waits for an answer. */
const lateMs = 3500;
const lateRequests = 20;
const heapGrowthBytesMax = 16 * 2 ** 20;

const gatewayPage: Fault = async () => ({ status: 502, body: "<html>Bad Gateway</html>" });

const outages: readonly Outage[] = [
  {
    what: "throttles",
    begin: (place) =>
      place.fault(
        byTurns(refuse("ThrottlingException"), refuse("ProvisionedThroughputExceededException")),
      ),
  },
  {
    what: "answers 500, or a page of some gateway",
    begin: (place) => place.fault(byTurns(refuse("InternalServerError", 500), gatewayPage)),
  },
  {
    what: "is killed and started again",
    begin: (place) => place.stopEngine(),
    end: (place) => place.startEngine(),
  },
  {
    what: "accepts connections and never answers",
    begin: (place) => place.link.become("silent"),
  },
];

function byTurns(...faults: readonly [Fault, ...Fault[]]): Fault {
  let requests = 0;
  return (body, forward) => {
    requests += 1;
    return (faults[requests % faults.length] ?? faults[0])(body, forward);
  };
}

/** Happens to so many requests, and then no more. */
function forTheFirst(count: number, fault: Fault): Fault {
  let requests = 0;
  return (body, forward) => {
    requests += 1;
    return requests > count ? forward(body) : fault(body, forward);
  };
}

/** What was asked is done, and nobody hears of it. */
const late: Fault = async (body, forward) => {
  const answer = await forward(body);
  await sleep(lateMs);
  return answer;
};

const inTime: Fault = (body, forward) => forward(body);

/** One server lives through all of this, and after each outage holds what it held before the first. */
describe("a server whose DynamoDB", () => {
  const missing =
    whyNoDynamodbEngine() ??
    (process.platform === "linux" ? undefined : "what a process holds is read from Linux's /proc");
  let place: DynamodbPlace;
  let idle: Holdings;
  let crowds = 0;

  beforeAll(async () => {
    if (missing !== undefined) return;
    place = await DynamodbPlace.open();
    const crowd = await startCrowd();
    await crowd.drain();
    idle = await place.idleHoldings();
  }, outageMsMax);
  afterAll(async () => {
    if (missing === undefined) await place.close();
  });
  beforeEach(({ skip }) => skip(missing !== undefined, missing));

  /** Clients with queues of their own, who are all at work. */
  async function startCrowd(): Promise<Crowd> {
    crowds += 1;
    const crowd = await Crowd.start(place.server.url, `crowd${crowds}`);
    await crowd.goesOn();
    return crowd;
  }

  /** What must be so after every outage, however it went. */
  async function endsWell(crowd: Crowd): Promise<void> {
    await crowd.drain();
    const { final, despairs, missing, doubled, undead } = crowd;
    expect({ final, despairs, missing, doubled, undead }).toEqual({
      final: [],
      despairs: [],
      missing: [],
      doubled: [],
      undead: [],
    });
    await place.holdsNoMoreThan(idle);
  }

  it.each(outages)(
    "$what has its callers ask again, goes on by itself, and loses and keeps nothing",
    async ({ begin, end }) => {
      const crowd = await startCrowd();

      await begin(place);
      await eventually(
        "every kind of caller meets the outage",
        () => crowd.hasFailed("send") && crowd.hasFailed("receive") && crowd.hasFailed("poll"),
      );
      await end?.(place);
      await place.heal();

      await crowd.goesOn();
      await endsWell(crowd);
    },
    outageMsMax,
  );

  it(
    "answers too late is asked again, and loses and keeps nothing",
    async () => {
      const crowd = await startCrowd();

      place.fault(forTheFirst(lateRequests, byTurns(late, inTime)));
      await crowd.goesOn();
      await place.heal();

      await endsWell(crowd);
    },
    outageMsMax,
  );

  it(
    "falls silent in the middle of its answers is asked again over other connections",
    async () => {
      const crowd = await startCrowd();
      const deathsBefore = place.link.deaths;

      await place.link.become("dying");
      await eventually("ten connections die", () => place.link.deaths >= deathsBefore + 10);
      await place.heal();

      await crowd.goesOn();
      await endsWell(crowd);
    },
    outageMsMax,
  );

  it(
    "has failed in all these ways, keeps no memory of it",
    async () => {
      const { heapBytes } = await place.idleHoldings();

      process.stdout.write(
        `  heap ${(idle.heapBytes / 2 ** 20).toFixed(1)} MB before, ${(heapBytes / 2 ** 20).toFixed(1)} MB after\n`,
      );
      expect(heapBytes).toBeLessThan(idle.heapBytes + heapGrowthBytesMax);
    },
    outageMsMax,
  );
});

import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { Log } from "#service/log.ts";
import type { CustomResource, Made } from "./customResource.ts";
import { Properties } from "./properties.ts";

export interface CustomResourcesOptions {
  /** By the type that a template gives them. */
  readonly resources: ReadonlyMap<string, CustomResource>;
  readonly log: Log;
  /** Lets time pass between attempts to answer. */
  readonly sleep: (durationMs: number) => Promise<void>;
}

/** What CloudFormation takes for an answer. */
interface Answer {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/**
 * The physical id of what was never made. CloudFormation asks to delete it, and no queue nor key has
 * such a name.
 */
const notMade = "not-made:";

/**
 * Does what CloudFormation asks of custom resources, and answers it whatever happens: a stack whose
 * question is not answered hangs for an hour. Neither properties nor what was made are logged. Rejects
 * only if the answer could not be delivered, so that Lambda tries the whole once more.
 */
export function answerCloudFormation({ resources, log, sleep }: CustomResourcesOptions) {
  return async (event: unknown, signal: AbortSignal): Promise<void> => {
    if (!isQuestion(event))
      throw new Error("expected a question of CloudFormation, got another event");
    const { RequestType, ResourceType, LogicalResourceId, RequestId, StackId } = event;
    const answer = await answered(event, resources, signal);
    const { Status, Reason, PhysicalResourceId } = answer;
    log[Status === "SUCCESS" ? "info" : "warn"]("resource.answered", {
      request: RequestType,
      resourceType: ResourceType,
      resource: LogicalResourceId,
      physicalId: PhysicalResourceId,
      status: Status,
      reason: Reason,
    });
    await deliver(event.ResponseURL, { ...answer, LogicalResourceId, RequestId, StackId }, sleep);
  };
}

function isQuestion(event: unknown): event is CloudFormationCustomResourceEvent {
  return (
    typeof event === "object" &&
    event !== null &&
    "RequestType" in event &&
    "ResponseURL" in event &&
    typeof event.ResponseURL === "string"
  );
}

async function answered(
  event: CloudFormationCustomResourceEvent,
  resources: ReadonlyMap<string, CustomResource>,
  signal: AbortSignal,
): Promise<Answer> {
  const before = event.RequestType === "Create" ? undefined : event.PhysicalResourceId;
  const outOfTime = Promise.withResolvers<never>();
  const giveUp = () => outOfTime.reject(new Error("there was no time left: try again"));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const resource = resources.get(event.ResourceType);
    if (resource === undefined) {
      throw new Error(`expected a type among ${[...resources.keys()].join(", ")}`);
    }
    const made = await Promise.race([asked(event, resource, signal), outOfTime.promise]);
    return { Status: "SUCCESS", PhysicalResourceId: made.physicalId, Data: made.attributes };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      Status: "FAILED",
      Reason: reason.slice(0, reasonCharactersMax),
      PhysicalResourceId: before ?? `${notMade}${event.RequestId}`,
    };
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** CloudFormation takes no answer of more than 4096 bytes. */
const reasonCharactersMax = 800;

async function asked(
  event: CloudFormationCustomResourceEvent,
  resource: CustomResource,
  signal: AbortSignal,
): Promise<Made> {
  const properties = new Properties(event.ResourceProperties);
  const owner = { stackId: event.StackId, logicalId: event.LogicalResourceId };
  const said = { properties, owner, requestId: event.RequestId, signal };
  switch (event.RequestType) {
    case "Create":
      return await resource.create(said);
    case "Update": {
      const before = new Properties(event.OldResourceProperties);
      return await resource.update({ ...said, before, physicalId: event.PhysicalResourceId });
    }
    case "Delete": {
      const physicalId = event.PhysicalResourceId;
      if (!physicalId.startsWith(notMade)) await resource.delete({ ...said, physicalId });
      return { physicalId, attributes: {} };
    }
  }
}

const attemptsMax = 5;
const attemptMsMax = 3000;
const pauseMs = 200;

async function deliver(
  url: string,
  answer: object,
  sleep: CustomResourcesOptions["sleep"],
): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    const problem = await delivered(url, answer);
    if (problem === undefined) return;
    if (attempts === attemptsMax) throw problem;
    await sleep(pauseMs * 2 ** attempts);
  }
}

/** What went wrong, if anything did. The URL is signed, so it is in no message. */
async function delivered(url: string, answer: object): Promise<Error | undefined> {
  try {
    // Bytes, since for text `fetch` would add a type, which the URL is not signed for.
    const body = Buffer.from(JSON.stringify(answer));
    const signal = AbortSignal.timeout(attemptMsMax);
    const { ok, status } = await fetch(url, { method: "PUT", body, signal });
    return ok ? undefined : new Error(`CloudFormation's address answered ${status}`);
  } catch (cause) {
    return new Error("CloudFormation's address has not answered", { cause });
  }
}

import type { QueueOwner } from "#service/queueOwner.ts";
import type { Properties } from "./properties.ts";

/** What CloudFormation is told of a resource that is as declared. */
export interface Made {
  /** What `Ref` gives. Another than before makes CloudFormation delete what had the one before. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. No secrets: templates and their outputs show it. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly properties: Properties;
  /** Which resource of which stack it is. */
  readonly owner: QueueOwner;
  /** The same each time that CloudFormation asks for the same thing, and never again. */
  readonly requestId: string;
  /** Aborted when the time for an answer is nearly over. */
  readonly signal: AbortSignal;
}

/** One kind of resource. CloudFormation may ask for the same thing twice: the second time changes nothing. */
export interface CustomResource {
  create(asked: Asked): Promise<Made>;
  update(
    asked: Asked & { readonly physicalId: string; readonly before: Properties },
  ): Promise<Made>;
  /** What is gone already is fine. */
  delete(asked: Asked & { readonly physicalId: string }): Promise<void>;
}

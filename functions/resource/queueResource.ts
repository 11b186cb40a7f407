import type { DeclaredQueue, DeclaredQueues } from "#service/declaredQueues.ts";
import type { QueueOwner } from "#service/queueOwner.ts";
import type { CustomResource, Made } from "./customResource.ts";
import { endpointIn } from "./endpointIn.ts";
import type { Properties } from "./properties.ts";

/**
 * `Custom::MillraceQueue`: QueueName, Attributes, Tags, Endpoint, which its URL begins with, and
 * OnDelete, which is `retain` or `delete`.
 *
 * A queue remembers which resource of which stack owns it. One that is there already is taken over and
 * changed to what is declared, if it is to be retained. One that is to be deleted has to be the
 * resource's own: a queue of anybody else is refused when it is to be made, and stays when it is to be
 * deleted.
 */
export function queueResource(queues: DeclaredQueues): CustomResource {
  return {
    async create({ properties, owner, signal }) {
      const queue = declared(properties, owner);
      const takesOver = !isDeleted(properties);
      return made(queue, await queues.make(queue, { takesOver, signal }));
    },

    async update({ properties, before, physicalId, owner, signal }) {
      const queue = declared(properties, owner);
      const takesOver = !isDeleted(properties);
      const place =
        queue.name === physicalId
          ? await queues.change(queue, { ...queue, ...settings(before) }, { signal })
          : await queues.make(queue, { takesOver, signal });
      return made(queue, place);
    },

    async delete({ properties, physicalId, owner, signal }) {
      if (isDeleted(properties)) await queues.drop(physicalId, { owner, signal });
    },
  };
}

function declared(properties: Properties, owner: QueueOwner): DeclaredQueue {
  return {
    name: properties.text("QueueName"),
    ...settings(properties),
    owner,
    endpoint: endpointIn(properties),
  };
}

function settings(properties: Properties): Pick<DeclaredQueue, "attributes" | "tags"> {
  return { attributes: properties.map("Attributes"), tags: properties.map("Tags") };
}

function isDeleted(properties: Properties): boolean {
  const onDelete = properties.optionalText("OnDelete") ?? "retain";
  if (onDelete === "retain" || onDelete === "delete") return onDelete === "delete";
  throw new Error(`expected OnDelete to be retain or delete, got ${onDelete}`);
}

function made(
  { name }: DeclaredQueue,
  place: { readonly url: string; readonly arn: string },
): Made {
  return {
    physicalId: name,
    attributes: { QueueName: name, QueueUrl: place.url, QueueArn: place.arn },
  };
}

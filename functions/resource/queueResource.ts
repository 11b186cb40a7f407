import type { DeclaredQueue, DeclaredQueues } from "#service/declaredQueues.ts";
import type { CustomResource, Made } from "./customResource.ts";
import type { Properties } from "./properties.ts";

/**
 * `Custom::MillraceQueue`: QueueName, Attributes, Tags, and OnDelete, which is `retain` or `delete`.
 *
 * A queue that an earlier stack has left is taken over and changed to what is declared, if it is to be
 * retained. One that is to be deleted has to be the stack's own: only a queue that is just as declared
 * is accepted in its place.
 */
export function queueResource(queues: DeclaredQueues): CustomResource {
  return {
    async create({ properties, signal }) {
      const queue = declared(properties);
      const takesOver = !isDeleted(properties);
      return made(queue, await queues.make(queue, { takesOver, signal }));
    },

    async update({ properties, before, physicalId, signal }) {
      const queue = declared(properties);
      const takesOver = !isDeleted(properties);
      const place =
        queue.name === physicalId
          ? await queues.change(queue, declared(before), { signal })
          : await queues.make(queue, { takesOver, signal });
      return made(queue, place);
    },

    async delete({ properties, physicalId, signal }) {
      if (isDeleted(properties)) await queues.drop(physicalId, { signal });
    },
  };
}

function declared(properties: Properties): DeclaredQueue {
  return {
    name: properties.text("QueueName"),
    attributes: properties.map("Attributes"),
    tags: properties.map("Tags"),
  };
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

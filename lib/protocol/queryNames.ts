import assert from "node:assert/strict";

interface Row {
  /** In requests before the number, in answers the element. `*` stands for the action. */
  readonly element: string;
  /** Accepted in requests too, besides the member's own name. */
  readonly also?: readonly string[];
  /** What the key of a map is called. Defaults to `Name`. */
  readonly key?: string;
}

/**
 * Every list and map of the contract, by the name of its member: the table of spec section 1.4. The
 * Query protocol flattens them, each under a name of its own:
 *
 *   TagKeys: ["a", "b"]         TagKey.1=a  TagKey.2=b
 *   Attributes: { x: "1" }      Attribute.1.Name=x  Attribute.1.Value=1
 *   QueueUrls: ["a", "b"]       <QueueUrl>a</QueueUrl><QueueUrl>b</QueueUrl>
 *
 * A row may come before the member that it is for.
 */
const rows: Readonly<Record<string, Row>> = {
  AWSAccountIds: { element: "AWSAccountId" },
  Actions: { element: "ActionName" },
  AttributeNames: { element: "AttributeName" },
  Attributes: { element: "Attribute" },
  BinaryListValues: { element: "BinaryListValue" },
  Entries: { element: "*RequestEntry" },
  Failed: { element: "BatchResultErrorEntry" },
  MessageAttributeNames: { element: "MessageAttributeName" },
  MessageAttributes: { element: "MessageAttribute" },
  // Generated clients send both lists of names under the older one's name: all that came counts.
  MessageSystemAttributeNames: {
    element: "MessageSystemAttributeName",
    also: ["AttributeName", "AttributeNames"],
  },
  MessageSystemAttributes: { element: "MessageSystemAttribute" },
  Messages: { element: "Message" },
  QueueUrls: { element: "QueueUrl" },
  Results: { element: "*ResultEntry" },
  StringListValues: { element: "StringListValue" },
  Successful: { element: "*ResultEntry" },
  TagKeys: { element: "TagKey" },
  Tags: { element: "Tag", key: "Key" },
  queueUrls: { element: "QueueUrl" },
  tags: { element: "Tag", also: ["Tags"], key: "Key" },
};

/** How a list or map is called in the Query protocol. */
export interface CollectionNames {
  readonly element: string;
  /** All that a request may call it, the element first. */
  readonly spellings: readonly string[];
  readonly key: string;
}

/** The names of a list or map of an action. Each must have its row. */
export function collectionNames(action: string, member: string): CollectionNames {
  const row = rows[member];
  assert(row !== undefined, `expected the list or map ${member} to have a row`);
  const element = row.element.replace("*", action);
  return { element, spellings: [element, member, ...(row.also ?? [])], key: row.key ?? "Name" };
}

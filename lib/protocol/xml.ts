import XMLBuilder from "fast-xml-builder";

/** What an element holds: text, or elements. An element without either is written `<Name/>`. */
export type XmlContent = string | XmlElements;

/** Elements by name, in order. A list repeats the element; an empty one leaves it out. */
export interface XmlElements {
  readonly [name: string]: XmlContent | readonly XmlContent[];
}

/** Writes a document whose root is in `namespace`, all on one line, as SQS does (spec section 1.4). */
export function writeXml(root: string, namespace: string, elements: XmlElements): string {
  return builder.build({
    "?xml": { "@version": "1.0" },
    [root]: { "@xmlns": namespace, ...elements },
  });
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  suppressEmptyNode: true,
  // Its own entities leave the carriage return as it is and write the apostrophe as another.
  processEntities: false,
  tagValueProcessor: (_name, text) => (typeof text === "string" ? escaped(text) : text),
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: They are what XML cannot hold.
const unwritable = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g;
const special = new RegExp(`[&<>"\\r]|${unwritable.source}`);

/**
 * Text as SQS escapes it. A carriage return that stood there bare would be read as a line feed, and
 * the body would not have its digest any more. What XML cannot hold at all becomes U+FFFD: no message
 * has it, but a refusal may quote what it refuses.
 */
function escaped(text: string): string {
  if (!special.test(text)) return text;
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#xD;")
    .replace(unwritable, "\uFFFD");
}

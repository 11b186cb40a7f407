import { malformed } from "./jsonShape.ts";

/**
 * The parameters of a form (`application/x-www-form-urlencoded`) as a tree over the parts of their
 * names:
 *
 *   Action=TagQueue&Tag.1.Key=a&Tag.1.Value=b
 *
 *   ─┬─► Action      "TagQueue"
 *    └─► Tag ─► 1 ─┬─► Key      "a"
 *                  └─► Value    "b"
 *
 * Reading takes time in proportion to the text, and no more nodes than `partsMax` for a parameter.
 */
export interface FormNode {
  /** What was given under this very name, in order; more than one if the name came again. */
  readonly values: readonly string[] | undefined;
  readonly members: ReadonlyMap<string, FormNode> | undefined;
}

/** The fullest batch of messages has under a thousand parameters. */
const parametersMax = 10_000;

/** As in `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1`. */
const partsMax = 7;

/**
 * Reads texts that go on from one another, as a query and a body do. A parameter without `=` is
 * empty; one with more parts than any action knows is left out.
 *
 * Throws a SerializationException for a broken percent sequence, for bytes that are no UTF-8 (nothing
 * is stored that was not sent) and for more than 10,000 parameters.
 */
export function readForm(texts: readonly string[]): FormNode {
  const root = newNode();
  let parameters = 0;
  for (const text of texts) {
    for (let at = 0; at < text.length; ) {
      const ampersand = text.indexOf("&", at);
      const end = ampersand < 0 ? text.length : ampersand;
      if (end > at) {
        parameters += 1;
        if (parameters > parametersMax) {
          throw malformed(`Expected at most ${parametersMax} request parameters.`);
        }
        plant(root, text.slice(at, end));
      }
      at = end + 1;
    }
  }
  return root;
}

/** The text of a form's bytes: clients that do not escape a character send it as UTF-8. */
export function formText(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (error) {
    if (error instanceof TypeError) throw malformed("Expected the request body to be UTF-8.");
    throw error;
  }
}

/** Of a parameter that came more than once, the last counts, as in JSON. */
export function valueAt(node: FormNode, name: string): string | undefined {
  return node.members?.get(name)?.values?.at(-1);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

interface GrowingNode extends FormNode {
  values: string[] | undefined;
  members: Map<string, GrowingNode> | undefined;
}

function newNode(): GrowingNode {
  return { values: undefined, members: undefined };
}

function plant(root: GrowingNode, parameter: string): void {
  const equals = parameter.indexOf("=");
  const name = decoded(equals < 0 ? parameter : parameter.slice(0, equals));
  const parts = name.split(".", partsMax + 1);
  if (parts.length > partsMax) return;
  let node = root;
  for (const part of parts) node = memberOf(node, part);
  node.values ??= [];
  node.values.push(equals < 0 ? "" : decoded(parameter.slice(equals + 1)));
}

function memberOf(node: GrowingNode, part: string): GrowingNode {
  node.members ??= new Map();
  const known = node.members.get(part);
  if (known !== undefined) return known;
  const member = newNode();
  node.members.set(part, member);
  return member;
}

function decoded(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    if (error instanceof URIError) {
      throw malformed("Expected the request parameters to be UTF-8 in percent-encoding.");
    }
    throw error;
  }
}

import { isObject, malformed } from "./jsonShape.ts";

/** The JSON object that a body is; refuses anything else, and never repeats it in the error. */
export function parsedObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parsedJson(textOf(body));
  if (!isObject(value)) throw malformed("Expected the request body to be a JSON object.");
  return value;
}

/** Without `fatal` the decoder puts U+FFFD for a bad byte: what is stored were not what was sent. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (error) {
    if (error instanceof TypeError) throw malformed("Expected the request body to be UTF-8.");
    throw error;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the body.
    if (error instanceof SyntaxError) throw malformed("Expected the request body to be JSON.");
    throw error;
  }
}

import { DOMParser } from "@xmldom/xmldom";

/**
 * An XML parser that is not ours. It throws for what is not well formed; of U+FFFD it would only
 * warn. Its own idea of line ends is that of XML 1.1, and a document without a version is XML 1.0.
 */
export const xmlParser = new DOMParser({
  normalizeLineEndings: (text) => text.replace(/\r\n?/g, "\n"),
  onError: (level, message) => {
    if (level !== "warning") throw new Error(message);
  },
});

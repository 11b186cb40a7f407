import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeXml } from "#protocol/xml.ts";
import { xmlParser } from "./xmlParser.ts";

function readBack(document: string): string | null | undefined {
  return xmlParser.parseFromString(document, "text/xml").documentElement?.textContent;
}

const write = (text: string): string => writeXml("Body", "urn:x", { Text: text });

describe("writeXml", () => {
  it("writes one line under a declaration and a namespace", () => {
    const document = writeXml("A", "urn:x", { B: "1", C: { D: "2", E: ["3", { F: "4" }] } });

    expect(document).toBe(
      '<?xml version="1.0"?><A xmlns="urn:x"><B>1</B><C><D>2</D><E>3</E><E><F>4</F></E></C></A>',
    );
  });

  it.each([
    ["no text", { B: "" }, "<B/>"],
    ["no elements", { B: {} }, "<B/>"],
    ["a list of what is empty", { B: ["", {}] }, "<B/><B/>"],
    ["an empty list", { B: [], C: "1" }, "<C>1</C>"],
  ])("writes %s as it should be", (_name, elements, expected) => {
    expect(writeXml("A", "urn:x", elements)).toBe(
      `<?xml version="1.0"?><A xmlns="urn:x">${expected}</A>`,
    );
  });

  it.each([
    ["&", "&amp;"],
    ["<", "&lt;"],
    [">", "&gt;"],
    ['"', "&quot;"],
    ["\r", "&#xD;"],
    ["\r\n", "&#xD;\n"],
    ["&amp;", "&amp;amp;"],
    ["]]>", "]]&gt;"],
    ["'\t\n é \u{1f600} \u0085\u2028", "'\t\n é \u{1f600} \u0085\u2028"],
    ["\0\x08\x0b\x1f\ufffe\uffff", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"],
  ])("escapes %j in text as %j", (text, expected) => {
    expect(write(text)).toContain(`<Text>${expected}</Text>`);
  });

  it.each(["toString", "$&", "1e3", "true", "  ", " padded ", "<![CDATA[x]]>", "<!--", "&#xD;"])(
    "takes %j for text and nothing else",
    (text) => {
      expect(readBack(write(text))).toBe(text);
    },
  );

  it("is read back as it was by another's parser, whatever the text of a message", () => {
    const pieces = fc.string({ unit: "binary" });

    fc.assert(
      fc.property(pieces, (given) => {
        const text = `${given}\r${given}`.replace(unwritable, "\ufffd");

        expect(readBack(write(`${given}\r${given}`))).toBe(text);
      }),
    );
  });

  it("is read back at length", () => {
    const text = '{"a":"\r\n<&>]]>"}\u{1f600}'.repeat(50_000);

    expect(readBack(write(text))).toBe(text);
  });
});

/** What is outside the characters of XML 1.0, which are those of a message (spec section 4.1). */
const unwritable = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

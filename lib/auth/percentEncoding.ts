const reservedPath = /[^A-Za-z0-9\-._~/]/gu;
const escapeOrReserved = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/gu;
const unreserved = /[A-Za-z0-9\-._~]/;

/**
 * Percent-encodes a path that is percent-encoded already, as every service but S3 asks: each `%`
 * becomes `%25`. Slashes stay (spec section 2.1, rule 2).
 */
export function encodePathAgain(path: string): string {
  return path.replace(reservedPath, encoded);
}

/**
 * A name or a value of a query, however it was encoded, in the one encoding of RFC 3986 (spec section
 * 2.1, rule 3). A bare `+` is a space, as it is to whoever reads the parameters afterwards: if it
 * were anything else, one signature would fit two meanings.
 */
export function encodedOnce(text: string): string {
  return text.replace(escapeOrReserved, (found) => {
    if (found === "+") return "%20";
    if (found.length < 3 || !found.startsWith("%")) return encoded(found);
    const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
    return unreserved.test(character) ? character : found.toUpperCase();
  });
}

/** What an encoded text says; `undefined` if its bytes are not UTF-8. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** A transport hands over what is no ASCII as one character a byte. */
function encoded(character: string): string {
  const isByte = character.length === 1 && character.charCodeAt(0) <= 0xff;
  const hex = Buffer.from(character, isByte ? "latin1" : "utf8").toString("hex");
  return hex.toUpperCase().replace(/../g, "%$&");
}

/** Letters, digits, `-`, `_` and the dot of `.fifo`, with `*` for any run and `?` for any one. */
const form = /^[A-Za-z0-9_.*?-]{1,80}$/;

/** Whether a text can be a pattern of queue names. */
export function isNamePattern(text: string): boolean {
  return form.test(text);
}

/**
 * Whether a pattern fits a whole name, as in the resources of an IAM policy. Goes over both once,
 * stepping back to the last `*` only: no pattern takes long.
 */
export function fits(pattern: string, name: string): boolean {
  let at = 0;
  let star: { readonly next: number; readonly from: number } | undefined;
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === "*") {
      star = { next: at + 1, from: i };
      at += 1;
    } else if (pattern[at] === "?" || pattern[at] === name[i]) {
      at += 1;
      i += 1;
    } else if (star !== undefined) {
      // The star takes one character more, and the rest of the pattern tries again behind it.
      star = { next: star.next, from: star.from + 1 };
      at = star.next;
      i = star.from;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Whether a pattern fits every name that starts so. */
export function fitsAllStarting(pattern: string, prefix: string): boolean {
  return pattern.endsWith("*") && fits(pattern, prefix);
}

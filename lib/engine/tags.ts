import { invalidParameterValue, missingParameter } from "#contract/errors.ts";
import { tagKeyCharactersMax, tagsCharactersMax, tagValueCharactersMax } from "#contract/limits.ts";

const characters = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u;
const reservedPrefix = /^aws:/i;

/**
 * Checks the tags that a call adds (spec section 3.7). There must be at least one; what a queue has in
 * the end is bounded by `checkAllTags`.
 */
export function checkTags(
  tags: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string> {
  if (tags === undefined || tags.size === 0) throw missingParameter("Tags");
  for (const [key, value] of tags) {
    checkKeyLength(key);
    if (reservedPrefix.test(key)) {
      throw invalidParameterValue(
        "Tag keys cannot begin with 'aws:'. This prefix is reserved for internal use.",
      );
    }
    if (lengthOf(value) > tagValueCharactersMax) {
      throw invalidParameterValue("Tag values must be between 0 and 256 characters in length.");
    }
    if (!characters.test(key) || !characters.test(value)) {
      throw invalidParameterValue(
        "Tag keys and values can only include letters, digits, spaces and _ . : / = + - @",
      );
    }
  }
  return tags;
}

/** Checks all the tags that a queue would have together: they must fit its item in any database. */
export function checkAllTags(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  let characters = 0;
  for (const [key, value] of tags) characters += key.length + value.length;
  if (characters <= tagsCharactersMax) return tags;
  throw invalidParameterValue(
    `The tags of a queue can have at most ${tagsCharactersMax} characters together, got ${characters}.`,
  );
}

/** Checks the keys of the tags that a call removes, of which there must be one (spec section 3.7). */
export function checkTagKeys(keys: readonly string[] | undefined): readonly string[] {
  if (keys === undefined || keys.length === 0) throw missingParameter("TagKeys");
  for (const key of keys) checkKeyLength(key);
  return keys;
}

function checkKeyLength(key: string): void {
  const length = lengthOf(key);
  if (length >= 1 && length <= tagKeyCharactersMax) return;
  throw invalidParameterValue("Tag keys must be between 1 and 128 characters in length.");
}

/** In characters, of which one outside the basic plane is one and not two. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

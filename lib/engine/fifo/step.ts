import type { Group } from "./group.ts";

/**
 * What came of a write that clears something out of a group's way: the group as it is now,
 * `undefined` once it is gone; or somebody else got in between.
 */
export type Step =
  | { readonly kind: "done"; readonly group: Group | undefined }
  | { readonly kind: "overtaken" };

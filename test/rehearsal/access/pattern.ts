/** Whether a text is of a pattern of IAM, in which `*` stands for anything. */
export function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+^${}()|[\]\\?]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${expression}$`, "s").test(text);
}

/** Ids of messages, of those who hold turns, and what clients call their letters. */
const namePattern = /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16}|c\d+-\d+)\b/g;
/** What concerns everybody: processes, clocks, queues. */
const generalPattern = /process|calm|lanes|clock|queue|sweep/;
const linesMax = 60;

/** Of a history, what concerns the messages that the findings name; if they name none, the end of it. */
export function minimalHistory(
  findings: readonly string[],
  history: readonly string[],
): readonly string[] {
  const named = new Set(findings.flatMap((finding) => finding.match(namePattern) ?? []));
  const names = new Set([...named, ...aliasesOf(named, history)]);
  const lines = history.filter(
    (line) => generalPattern.test(line) || line.split(/[^\w-]+/).some((word) => names.has(word)),
  );
  return (named.size === 0 ? history : lines).slice(-linesMax);
}

/** What else a message is called, by the line that tells of its sending: `… sent <name> …: <id>`. */
function aliasesOf(names: ReadonlySet<string>, history: readonly string[]): readonly string[] {
  return history.flatMap((line) => {
    const [, name = "", id = ""] = / sent (\S+) .*: (\S+)$/.exec(line) ?? [];
    return names.has(id) || names.has(name) ? [name, id] : [];
  });
}

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** What concerns everybody: processes, clocks, queues. */
const generalPattern = /process|calm|lanes|clock|queue|sweep/;
const linesMax = 60;

/** Of a history, what concerns the messages that the findings name, by their ids; else the end of it. */
export function minimalHistory(
  findings: readonly string[],
  history: readonly string[],
): readonly string[] {
  const ids = new Set(findings.flatMap((finding) => finding.match(idPattern) ?? []));
  const names = new Set([...ids, ...aliasesOf(ids, history)]);
  const lines = history.filter(
    (line) => generalPattern.test(line) || line.split(/[ ,:]/).some((word) => names.has(word)),
  );
  return (ids.size === 0 ? history : lines).slice(-linesMax);
}

/** What else a message is called, by the line that tells of its sending: `… sent <name> …: <id>`. */
function aliasesOf(ids: ReadonlySet<string>, history: readonly string[]): readonly string[] {
  return history.flatMap((line) => {
    const [, name = "", id = ""] = / sent (\S+) .*: (\S+)$/.exec(line) ?? [];
    return ids.has(id) ? [name] : [];
  });
}

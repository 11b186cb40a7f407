import { type ChildProcess, spawn } from "node:child_process";

/** Ends what it was told of when this process ends, however that comes. */
const script = `
pids=" "
while read -r what pid; do
  case $what in
    add) pids="$pids$pid " ;;
    drop) pids=$(printf %s "$pids" | sed "s/ $pid / /") ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2> /dev/null; done`;

let guard: ChildProcess | undefined;

/**
 * Sees to it that a process does not outlive this one. A process that is frozen cannot notice that its
 * parent has gone, so somebody else must.
 */
export function guardProcess(child: ChildProcess): void {
  guard ??= startGuard();
  const { pid } = child;
  guard.stdin?.write(`add ${pid}\n`);
  child.once("exit", () => guard?.stdin?.write(`drop ${pid}\n`));
}

function startGuard(): ChildProcess {
  const started = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"] });
  started.unref();
  const { stdin } = started;
  if (stdin !== null && "unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return started;
}

/** What holds of one process in one's hand, and not of functions that Lambda starts and ends. */
const reasons = {
  hangsUp: "Lambda does not tell a function that its caller hung up",
  stops: "Lambda ends a process without asking it, and its caller gets an error to try again",
  memory: "another process learns of it within two seconds, and the clock of the test stands still",
  afterwards:
    "a process stands still after its answer, so the sweep goes on, a minute later at most",
  line: "receives that wait in several processes stand in no line",
  size: "Lambda itself refuses such a request, in its own words",
  atOnce: "each request at once needs a process, and who finds none is told to try again",
} as const;

/** The tests, by the end of their names. */
const tests: readonly (readonly [end: RegExp, why: keyof typeof reasons])[] = [
  [/ a caller that hung up > /, "hangsUp"],
  [/ leave the message to the next when one hangs up$/, "hangsUp"],
  [/ lets a waiting receive end with nothing when it is stopped$/, "stops"],
  [/ the deletion of its queue, and answers with nothing(?: \[unconfirmed\])?$/, "memory"],
  [/ woken by > a change of the delay to nothing$/, "memory"],
  [/ woken by > the end of a timeout that began while it waited$/, "line"],
  [/ in order of their numbers, when sent at once$/, "atOnce"],
  [/ 13\.33 ends long polls with their queue: the next of that name loses nothing$/, "memory"],
  [/ wakes a receive that waits at the destination$/, "afterwards"],
  [/ is refused when its body is over every bound \[unconfirmed\]$/, "size"],
  [/ gives a thousand and no token when it is not told how many$/, "atOnce"],
];

/** Why a test of the compatibility suite cannot hold at a deployed tenant, if it cannot. */
export function whyNotOnLambda(name: string): string | undefined {
  const found = tests.find(([end]) => end.test(name));
  return found && reasons[found[1]];
}

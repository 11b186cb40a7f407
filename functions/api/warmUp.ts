/** What a start may take longer for it. */
const warmUpMsMax = 2000;

/**
 * Runs, while Lambda starts the function, what the first request would else be the first to run: there
 * the function has a whole processor, code is compiled when it is called first, and connections and
 * the data key have to be opened some time. Whatever comes of it, the function starts, and within 2
 * seconds: what is wrong now the first request meets again, and says so.
 */
export async function warmUp(...work: readonly Promise<unknown>[]): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, warmUpMsMax);
  await Promise.race([Promise.allSettled(work), late.promise]);
  clearTimeout(timer);
}

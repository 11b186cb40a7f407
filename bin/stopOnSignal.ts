/** Beyond this a server is stuck: whoever sent the signal will not wait for ever. */
const serverStopMsMax = 4500;

/** `npm` passes on the signal that the terminal has sent to all: the second is the first again. */
const echoMs = 200;

/**
 * Closes the server at SIGTERM or SIGINT and leaves with the exit code 0. A second signal does not
 * wait for that, nor does anything that takes longer than `stopMsMax`; both leave with 1.
 */
export function stopOnSignal(
  server: { close(): Promise<void> },
  stopMsMax = serverStopMsMax,
): void {
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;

  const onSignal = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, atMs: Date.now() };
      setTimeout(() => process.exit(1), stopMsMax);
      void stop(server);
    } else if (signal !== first.signal || Date.now() - first.atMs > echoMs) {
      process.exit(1);
    }
  };

  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

async function stop(server: { close(): Promise<void> }): Promise<void> {
  try {
    await server.close();
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

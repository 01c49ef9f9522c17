/** Programs run in the process of the command. What they must not do to it is held off here. */
export interface Guard {
  /** From now on the process may end. */
  done(): void;
}

/**
 * Makes sure that the command never ends without having said why.
 *
 * @param fail - prints what was thrown outside of any call, and returns the exit code
 */
export function guardProcess(fail: (thrown: unknown) => number): Guard {
  let isDone = false;
  const onExit = (): void => {
    if (isDone) return;
    process.stderr.write("error: the program ended the process while it was read, or waits for what never comes\n");
    process.exitCode = 1;
  };
  process.once("exit", onExit);
  // Rejections that nobody handles arrive here too.
  process.on("uncaughtException", (thrown) => {
    isDone = true;
    process.exit(fail(thrown));
  });
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  return {
    done: () => {
      isDone = true;
    },
  };
}

/** Whoever read the output, as `head` does, may stop: the command goes on, and its exit code is its own. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Does something that is not to be left half done: a first Ctrl-C takes effect afterwards, a second one at once. */
export async function uninterrupted<T>(body: () => Promise<T>): Promise<T> {
  let received: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals): void => {
    received = signal;
  };
  for (const signal of SIGNALS) process.once(signal, note);
  try {
    return await body();
  } finally {
    for (const signal of SIGNALS) process.off(signal, note);
    if (received !== undefined) process.kill(process.pid, received);
  }
}

// Child processes that never outlive the tests, and whose last words are kept.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: string;
}

const patience = 10_000;

/**
 * Programs that share a temporary directory, started one after the other and stopped in the opposite order.
 *
 * A shell watches over them: it holds the read end of a pipe and kills them and removes the directory once the pipe
 * closes, which the kernel sees to however this process ends (exit, Ctrl-C, SIGKILL by a test runner).
 */
export class Processes {
  public readonly directory = mkdtempSync(join(tmpdir(), "flagstone-"));
  private readonly running: Running[] = [];
  private readonly watchdog = startWatchdog(this.directory);
  private stopping = false;
  private firstFailure: string | undefined;

  public start(name: string, path: string, args: readonly string[]): void {
    const log = join(this.directory, `${name}.log`);
    const output = openSync(log, "w");
    // Detached, so that Ctrl-C reaches this process first and `stop` keeps its order.
    const child = spawn(path, args, { cwd: this.directory, stdio: ["ignore", output, output], detached: true });
    closeSync(output);
    if (child.pid !== undefined) this.watchdog.stdin?.write(`${child.pid}\n`);
    child.unref();
    const failed = (how: string) => {
      if (!this.stopping) this.firstFailure ??= `${name} ${how}, its last lines:\n${lastLines(log)}`;
    };
    child.on("error", (error) => failed(`could not be started (${error.message})`));
    child.on("exit", (code, signal) => failed(`ended with ${signal ?? `exit code ${String(code)}`}`));
    this.running.push({ name, child, log });
  }

  /** What the first program that ended by itself said last; undefined while all run. */
  public get failure(): string | undefined {
    return this.firstFailure;
  }

  public lastLines(name: string): string {
    const found = this.running.find((each) => each.name === name);
    return found === undefined ? "" : lastLines(found.log);
  }

  public async stop(): Promise<void> {
    this.stopping = true;
    for (const { child } of [...this.running].reverse()) await end(child);
    this.watchdog.kill("SIGKILL"); // its work is done, and the process ids may belong to others soon
    this.watchdog.stdin?.destroy();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function startWatchdog(directory: string): ChildProcess {
  const script = 'pids=""; while read -r pid; do pids="$pids $pid"; done; kill -9 $pids 2>/dev/null; rm -rf "$1"';
  const child = spawn("sh", ["-c", script, "watchdog", directory], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  child.stdin.on("error", () => undefined); // a closed pipe after `stop` is no news
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

function lastLines(file: string, count = 20): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

/** Free loopback ports, all held open until each is known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            if (address === null || typeof address === "string") reject(new Error("a TCP server has no port"));
            else resolve(address.port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/**
 * Asks again until there is an answer. `ask` returns a string, what is still missing, or undefined when all is well;
 * the last thing missing is in the error.
 */
export async function until(
  what: string,
  ask: () => Promise<string | undefined>,
  { timeout, interval = 250 }: { readonly timeout: number; readonly interval?: number },
): Promise<void> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const missing = await ask();
    if (missing === undefined) return;
    if (Date.now() > deadline) throw new Error(`${what}: not after ${timeout / 1000} s: ${missing}`);
    await sleep(interval);
  }
}

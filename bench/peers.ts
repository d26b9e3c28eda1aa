import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** What is asked of the peers: the words and numbers of a case. */
export interface PeerRequest {
  work: string;
  sizes: Record<string, number>;
  /** File of input, where the work reads one. */
  file?: string;
}

/** What a peer answers: its best time so far, or why there is none. */
export interface PeerAnswer {
  peer: string;
  milliseconds?: number;
  skipped?: string;
  /** The divergences it ended at, where the work is to reach them. */
  divergences?: number[];
}

/** The other toolkits, timed by a Python process that waits for work, so that they can take turns with this project. */
export interface Peers {
  /** One line on what is there and what is not. */
  hello: string;
  /** Times one piece of work once more; times are the best since the work was first asked for. */
  time(request: PeerRequest): Promise<PeerAnswer[]>;
  close(): void;
}

/** Where Python may be; the system's own often has the packages that the first one on the path lacks. */
const pythons = ["python3", "/usr/bin/python3"];

/**
 * Starts `peers/peers.py` on one thread, with the first Python that has the packages.
 *
 * @returns a line that says why, where there is no Python or a package it cannot do without is missing
 */
export async function startPeers(): Promise<Peers | string> {
  const script = findScript();
  if (script === undefined) return "peers skipped: bench/peers/peers.py is not there";
  const reasons: string[] = [];
  for (const python of pythons) {
    const started = await start(python, script);
    if (typeof started === "object") return started;
    reasons.push(started);
  }
  return `peers skipped: ${reasons.join("; ")}`;
}

async function start(python: string, script: string): Promise<Peers | string> {
  const single = Object.fromEntries(
    ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"].map((name) => [name, "1"]),
  );
  const child = spawn(python, [script], { env: { ...process.env, ...single }, stdio: ["pipe", "pipe", "inherit"] });
  const failed = once(child, "error").then(() => ({ skipped: "does not start", hello: "" }));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<{ skipped?: string; hello?: string; peers?: PeerAnswer[] }> => {
    const line = await lines.next();
    return line.done ? { skipped: "ended early" } : JSON.parse(line.value);
  };
  const first = await Promise.race([next(), failed]);
  if (first.skipped !== undefined) return `${python}: ${first.skipped}`;
  return {
    hello: first.hello ?? "",
    time: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await next();
      if (answer.peers === undefined) throw new Error(`${python}: ${answer.skipped ?? "no answer"}`);
      return answer.peers;
    },
    close: () => child.stdin.end(),
  };
}

/** The script lies in the source tree, this file possibly in dist/. */
function findScript(): string | undefined {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "bench/peers/peers.py");
    if (existsSync(path)) return path;
  }
  return undefined;
}

import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { version } from "../version.ts";

/** What executor and worker of a queue have in common. */
export interface QueueOptions {
  /** Redis or Valkey: `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS. */
  readonly redis: string;
  /** Name of the queue; executor and workers of one name work together. Default `units`. */
  readonly queue?: string;
  /** Hash of the built code, as `hashCode` makes it; default none: then only the toolkit's version counts. */
  readonly codeHash?: string;
  /** Sign of life of a run: workers give up the units of one that gave none for so long. Default 60 s. */
  readonly aliveSeconds?: number;
  /** Gets lines for people: Redis is gone, is back, no worker is there. Default nobody. */
  readonly onMessage?: (message: string) => void;
}

/** Defaults of `queueExecutor` and `runQueueWorker`. */
export const queueDefaults = {
  queue: "units",
  /** Units in the queue at a time; how many are worked on is up to the workers. */
  inFlight: 1000,
  /** How often a unit is given to a worker that does not come back. */
  attempts: 3,
  /** How often the executor looks after units that it hears nothing of. */
  pollSeconds: 5,
  aliveSeconds: 60,
  /** A worker that gave no sign of life for so long has lost its unit to another one. */
  lockSeconds: 30,
  /** Units that a worker runs at a time. */
  concurrency: 1,
} as const;

/** `queueDefaults`, with other values perhaps. */
export type QueueSettings = {
  readonly [Name in keyof typeof queueDefaults]: (typeof queueDefaults)[Name] extends number ? number : string;
};

/** Start of every key in Redis. */
export const queuePrefix = "neurosteer";

/** Key that is there while a run is. */
export const runKey = (queue: string, run: string) => `${queuePrefix}:${queue}-run:${run}`;

/** Key that is there when a job is to be stopped. */
export const stopKey = (queue: string, id: string) => `${queuePrefix}:${queue}-stop:${id}`;

/** What tells one state of the program from another: its version, the hash of its code if it is known, the line of Node. */
export interface ProgramCode {
  readonly code: string;
  readonly node: number;
}

/** The state of this program. */
export function programCode(codeHash: string | undefined): ProgramCode {
  const node = Number.parseInt(process.versions.node, 10);
  return { code: codeHash === undefined ? version : `${version}+${codeHash}`, node };
}

/**
 * Checks what executor and worker have in common.
 *
 * @throws ToolkitError `bad-option`
 */
export function checkQueueOptions(
  who: string,
  { queue, aliveSeconds }: { readonly queue: string; readonly aliveSeconds: number },
): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(queue)) {
    throw new ToolkitError(
      "bad-option",
      `${who}: queue ${JSON.stringify(queue)} is no name; use up to 100 letters, digits, _, . and -`,
    );
  }
  checkNumber(who, "aliveSeconds", aliveSeconds, { above: 0 });
}

/** Checks numbers that have to be above 0, and counts that have to be whole. */
export function checkQueueNumbers(
  who: string,
  seconds: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(seconds)) checkNumber(who, name, value, { above: 0 });
  for (const [name, value] of Object.entries(counts)) checkWhole(who, name, value, 1);
}

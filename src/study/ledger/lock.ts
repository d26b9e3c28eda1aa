import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { ToolkitError } from "../../core/error.ts";
import { createFile, fileStamp, readText, removeFile, touchFile } from "../../formats/file.ts";
import { lifeOf, processIdentitySchema, thisProcess } from "./processIdentity.ts";

/** Options of `acquireLock`. */
export interface LockOptions {
  /** Take over the lock of another machine even if it seems alive. Default false. */
  readonly force?: boolean;
  /** Minutes without a sign of life after which the lock of another machine is taken over. Default 10. */
  readonly staleMinutes?: number;
}

/** Defaults of `LockOptions`. */
export const lockDefaults = { force: false, staleMinutes: 10 } as const satisfies Required<LockOptions>;

/** Name of the lock in a ledger's folder. */
export const lockName = "lock";

const heartbeatMilliseconds = 15_000;
/** Making a lock or taking one over is a matter of milliseconds; whoever takes longer is dead. */
const patienceMilliseconds = 10_000;

const lockSchema = processIdentitySchema.extend({ started: z.string(), token: z.string() });
type LockContent = z.infer<typeof lockSchema>;

/** A folder held by this process alone. */
export interface Lock {
  /**
   * Gives a sign of life.
   *
   * @throws ToolkitError `exists` if another process has taken the lock over
   */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder: a file that names process, host and start time. That of a process of this machine that is no more
 * is taken over, that of another machine if it gives no sign of life any more.
 *
 * @param root the folder, which must be there
 * @throws ToolkitError `exists` naming the process that holds it
 */
export async function acquireLock(root: string, options: LockOptions = {}): Promise<Lock> {
  const { force, staleMinutes } = { ...lockDefaults, ...options };
  const path = join(root, lockName);
  const mine: LockContent = { ...(await thisProcess()), started: new Date().toISOString(), token: randomUUID() };
  const text = `${JSON.stringify(mine)}\n`;
  const deadline = Date.now() + 3 * patienceMilliseconds;
  while (!(await createFile(path, text))) {
    if (Date.now() > deadline) {
      throw new ToolkitError("exists", `${path}: can be neither read nor taken; remove it if no run is at work here`);
    }
    const held = await readLock(path);
    if (held === undefined) {
      await delay(20);
      continue;
    }
    if (held.content === undefined) {
      if (held.silentMilliseconds > patienceMilliseconds) await takeAway(path, held.text);
      else await delay(50);
      continue;
    }
    await checkTakeable(root, held.content, { force, staleMinutes, silentMinutes: held.silentMilliseconds / 60_000 });
    await takeAway(path, held.text);
  }
  const confirm = async () => {
    const held = await readLock(path);
    if (held?.content?.token !== mine.token) throw takenOver(root, held?.content);
    await touchFile(path);
  };
  await confirm();
  const beat = setInterval(() => void confirm().catch(() => undefined), heartbeatMilliseconds).unref();
  return {
    confirm,
    release: async () => {
      clearInterval(beat);
      if ((await readLock(path))?.content?.token === mine.token) await removeFile(path);
    },
  };
}

async function checkTakeable(
  root: string,
  { pid, host, started, ...identity }: LockContent,
  { force, staleMinutes, silentMinutes }: Required<LockOptions> & { silentMinutes: number },
): Promise<void> {
  const who = `${root}: is in use by process ${pid} on ${host} since ${started}`;
  const life = await lifeOf({ pid, host, ...identity });
  if (life === "alive") throw new ToolkitError("exists", `${who}; wait for it to end, or name another folder`);
  if (life === "dead" || force || silentMinutes > staleMinutes) return;
  throw new ToolkitError(
    "exists",
    `${who}, which gave a sign of life ${Math.max(0, silentMinutes).toFixed(1)} minutes ago; wait for it to end, or use force if you know that it did`,
  );
}

/** Removes a lock if it is still the one that was judged; one process at a time, so that none removes the next one's. */
async function takeAway(path: string, judged: string): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await createFile(guard, ""))) {
    const held = await readLock(guard);
    if (held && held.silentMilliseconds > patienceMilliseconds) await removeFile(guard);
    await delay(20);
    return;
  }
  try {
    if ((await readLock(path))?.text === judged) await removeFile(path);
  } finally {
    await removeFile(guard);
  }
}

async function readLock(path: string) {
  try {
    const { modified } = await fileStamp(path);
    const text = await readText(path);
    return { text, content: parsed(text), silentMilliseconds: Date.now() - Number(modified) / 1e6 };
  } catch {
    return undefined;
  }
}

function parsed(text: string): LockContent | undefined {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function takenOver(root: string, by: LockContent | undefined): ToolkitError {
  const who = by ? `process ${by.pid} on ${by.host}` : "somebody";
  return new ToolkitError("exists", `${root}: its lock was taken by ${who} while this run was at work; this run stops`);
}

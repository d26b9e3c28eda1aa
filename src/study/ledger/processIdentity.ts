import { hostname } from "node:os";
import { z } from "zod";
import { fileStamp, readText } from "../../formats/file.ts";

/** Schema of `ProcessIdentity`. */
export const processIdentitySchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  machine: z.string(),
  birth: z.string(),
});

/** What tells one process from all others. */
export type ProcessIdentity = z.infer<typeof processIdentitySchema> & {
  /**
   * Host name and, on Linux, this start of the system and the container: only where they are the same does a process id mean the
   * same process.
   */
  readonly machine: string;
  /** When the process began, in the system's own count, empty where that is unknown; tells a process id used again. */
  readonly birth: string;
};

/** The identity of this process. */
export async function thisProcess(): Promise<ProcessIdentity> {
  const host = hostname();
  const start = await readText("/proc/sys/kernel/random/boot_id").catch(() => "");
  const container = await fileStamp("/proc/self/ns/pid").catch(() => undefined);
  const machine = [host, start.trim(), container?.inode ?? ""].join(" ").trim();
  return { pid: process.pid, host, machine, birth: (await birthOf(process.pid)) ?? "" };
}

/** Whether a process runs, as far as this machine can tell; `unknown` if it belongs to another. */
export async function lifeOf(identity: ProcessIdentity): Promise<"alive" | "dead" | "unknown"> {
  if (identity.machine !== (await thisProcess()).machine) return "unknown";
  if (!isRunning(identity.pid)) return "dead";
  const birth = await birthOf(identity.pid);
  return birth === undefined || birth === identity.birth ? "alive" : "dead";
}

/** Whether there is a process of this id on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat; a process that ended and was not yet collected has none. */
async function birthOf(pid: number): Promise<string | undefined> {
  const text = await readText(`/proc/${pid}/stat`).catch(() => undefined);
  if (text === undefined) return undefined;
  // field 2 is a name in parentheses and may contain anything
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : fields[19];
}

import { dirname } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { makeFolder, pathKind, removeFolder } from "../../formats/file.ts";
import type { Executor, Unit, UnitContext } from "../ledger/unit.ts";
import { attemptFolder, attemptToken, measureFolder } from "./queueAttemptFolder.ts";
import { parseQueueJob, type QueueJob, type QueueOutcome } from "./queueJob.ts";
import type { ProgramCode } from "./queueOptions.ts";
import type { QueueRoots } from "./queueRoots.ts";

/** Refuses what is no work of this program; tells the files and folders a unit reads besides those of the units it needs. */
export type CheckUnit = (unit: Unit) => Promise<readonly string[]>;

/** What a worker is, for the attempts it makes. */
export interface AttemptPlace {
  readonly program: ProgramCode;
  readonly roots: QueueRoots;
  readonly check: CheckUnit;
  readonly host: string;
}

/** A unit that a worker has taken on. */
export interface AcceptedUnit {
  readonly unit: Unit;
  readonly job: QueueJob;
}

/**
 * Decides whether a worker takes a job on: one of its own program, whole, and within the folders that it works in.
 *
 * @param data what the job carries
 * @throws ToolkitError `unsupported` for another state of the program, `bad-format` for all else, naming the host
 */
export async function acceptJob(data: unknown, { program, roots, check, host }: AttemptPlace): Promise<AcceptedUnit> {
  try {
    // a run of another version may have other jobs: the version is looked at first
    const { code, node } = (data ?? {}) as { code?: unknown; node?: unknown };
    if (typeof code === "string" && code !== program.code) {
      throw new ToolkitError(
        "unsupported",
        `worker has version ${program.code}, the run ${code.slice(0, 100)}; use one`,
      );
    }
    if (typeof node === "number" && node !== program.node) {
      throw new ToolkitError("unsupported", `worker has Node ${program.node}, the run Node ${node}; use one`);
    }
    const job = parseQueueJob(data);
    const { memoryBytes, weight, ...rest } = job.unit;
    const unit: Unit = {
      ...rest,
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(weight !== undefined && { weight }),
    };
    roots.check(job.aside);
    roots.check(dirname(job.aside)); // where attempts are made
    for (const [, folder] of job.needs) roots.check(folder);
    for (const path of await check(unit)) roots.check(path);
    if ((await pathKind(job.aside)) !== "folder") {
      throw new ToolkitError(
        "not-found",
        `${job.aside} is not here; use storage that all machines have at the same path`,
      );
    }
    return { unit, job };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    throw new ToolkitError(error.code, `worker on ${host} refuses the unit: ${error.message}`, { cause: error });
  }
}

/**
 * Runs a unit that was taken on, in a folder of its own.
 *
 * @returns what became of it; its folder stays only if it is done
 * @throws the reason of the signal if it was aborted; an Error if the thread that the unit ran in died
 */
export async function runAttempt(
  { unit, job }: AcceptedUnit,
  executor: Executor,
  { host, signal, progress }: Pick<UnitContext, "signal" | "progress"> & { readonly host: string },
): Promise<QueueOutcome> {
  const attempt = attemptToken();
  const folder = attemptFolder(job.aside, attempt);
  try {
    if ((await pathKind(dirname(folder))) !== "folder")
      throw new ToolkitError("not-found", `${dirname(folder)}: is gone`);
    await makeFolder(folder);
    await executor.run(unit, { folder, needs: new Map(job.needs), signal, progress });
    return { kind: "done", attempt, ...(await measureFolder(folder)), host };
  } catch (error) {
    await removeFolder(folder).catch(() => undefined);
    signal.throwIfAborted();
    if (error instanceof ToolkitError) return { kind: "failed", code: error.code, message: error.message };
    // out of memory, or ended from outside: not the unit's doing as such
    if (String((error as { code?: unknown })?.code).startsWith("ERR_WORKER_")) throw error;
    return defectOf(error);
  }
}

function defectOf(error: unknown): QueueOutcome {
  if (!(error instanceof Error)) return { kind: "unexpected", name: "thrown", message: String(error) };
  const { name, message, stack } = error;
  return { kind: "unexpected", name, message, ...(stack !== undefined && { stack }) };
}

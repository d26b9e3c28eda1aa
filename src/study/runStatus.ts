import { join } from "node:path";
import { z } from "zod";
import { fileStamp, pathKind, readText } from "../formats/file.ts";
import { type ResultNumbers, readResultNumbers } from "./diffResults.ts";
import type { UnitFailure } from "./ledger/failureTable.ts";
import { type JournalEvent, readJournal } from "./ledger/journal.ts";
import { lockDefaults, lockName } from "./ledger/lock.ts";
import { lifeOf, processIdentitySchema } from "./ledger/processIdentity.ts";
import type { StudyResults } from "./results.ts";
import { resultsFileName } from "./writeResults.ts";

/** Units of one kind that are done. */
export interface KindStatus {
  readonly kind: string;
  readonly done: number;
  /** How long they took together. */
  readonly seconds: number;
}

/** Who holds a run's folder. */
export interface RunLock {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  /**
   * `alive` or `dead` where this machine can tell; `silent` if it is another machine's and gave no sign of life for long,
   * `seen` if it did.
   */
  readonly life: "alive" | "dead" | "seen" | "silent";
  /** Since the last sign of life. */
  readonly silentSeconds: number;
}

/** How far a run is, by what its folder says. */
export interface RunStatus {
  /** Units of the last run; `undefined` if it did not come to that. */
  readonly planned?: number;
  readonly done: number;
  readonly failed: number;
  /** Started and neither done nor failed: at work if the folder is held by a live process, otherwise to be done again. */
  readonly started: readonly string[];
  /** Neither. */
  readonly waiting: number;
  readonly kinds: readonly KindStatus[];
  readonly failures: readonly UnitFailure[];
  readonly lock?: RunLock;
  /** Why the last run ended early, if it did. */
  readonly stopped?: string;
  /** Whether there are results, and of all trials. */
  readonly results: "none" | "partial" | "complete";
  /** Trials in the results. */
  readonly trials?: { readonly done: number; readonly planned: number };
  /** What is wrong with the journal. */
  readonly remarks: readonly string[];
}

const lockSchema = processIdentitySchema.extend({ started: z.string() });

/**
 * Says how far a run is from its folder alone: the data of the study need not be there, nothing is locked or written. Whether units that
 * are done are still what the study asks for is not looked at; `planUnits` says that.
 *
 * @param out folder of results
 * @param ledger folder of the run's units
 */
export async function readRunStatus(out: string, ledger: string): Promise<RunStatus> {
  const { events, remarks } = await readJournal(ledger);
  const plan = events.findLast((event) => event.event === "planned");
  const last = new Map<string, Exclude<JournalEvent, { event: "planned" | "stopped" }>>();
  for (const event of events) if (event.event !== "planned" && event.event !== "stopped") last.set(event.id, event);
  const ids = plan?.ids ?? [...last.keys()];
  const done: Extract<JournalEvent, { event: "done" }>[] = [];
  const failures: UnitFailure[] = [];
  const started: string[] = [];
  for (const id of ids) {
    const event = last.get(id);
    if (event?.event === "done" && (await pathKind(join(ledger, "units", id))) === "folder") done.push(event);
    else if (event?.event === "failed") failures.push(failureOf(event));
    else if (event?.event === "started") started.push(id);
  }
  const lock = await readRunLock(ledger);
  const end = events.findLast(({ event }) => event !== "interrupted");
  const results = await readResults(out);
  return {
    ...(plan && { planned: ids.length }),
    done: done.length,
    failed: failures.length,
    started,
    waiting: ids.length - done.length - failures.length - started.length,
    kinds: kindsOf(done),
    failures,
    ...(lock && { lock }),
    ...(end?.event === "stopped" && { stopped: end.message }),
    results: results === undefined ? "none" : results.partial ? "partial" : "complete",
    ...(results && { trials: results.partial ?? { done: results.plannedTrials, planned: results.plannedTrials } }),
    remarks,
  };
}

function failureOf({ id, input, code, message }: UnitFailure): UnitFailure {
  return { id, input, code, message };
}

function kindsOf(done: readonly { readonly kind: string; readonly seconds: number }[]): KindStatus[] {
  const kinds = new Map<string, KindStatus>();
  for (const { kind, seconds } of done) {
    const sum = kinds.get(kind) ?? { kind, done: 0, seconds: 0 };
    kinds.set(kind, { kind, done: sum.done + 1, seconds: sum.seconds + seconds });
  }
  return [...kinds.values()];
}

/** Who holds the folder of a run's units, `undefined` if nobody does. */
export async function readRunLock(ledger: string): Promise<RunLock | undefined> {
  const path = join(ledger, lockName);
  let silentSeconds: number;
  let content: unknown;
  try {
    silentSeconds = Math.max(0, (Date.now() - Number((await fileStamp(path)).modified) / 1e6) / 1000);
    content = JSON.parse(await readText(path));
  } catch {
    // there is none, or it is being made or taken away
    return undefined;
  }
  const { data } = lockSchema.safeParse(content);
  if (data === undefined) return undefined;
  const { pid, host, started } = data;
  const known = await lifeOf(data);
  const life = known === "unknown" ? (silentSeconds > 60 * lockDefaults.staleMinutes ? "silent" : "seen") : known;
  return { pid, host, started, life, silentSeconds };
}

async function readResults(out: string) {
  if ((await pathKind(join(out, resultsFileName))) !== "file") return undefined;
  return (await readResultNumbers(out)) as ResultNumbers & Pick<StudyResults, "partial" | "plannedTrials">;
}

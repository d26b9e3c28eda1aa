import { createHash } from "node:crypto";
import { join } from "node:path";
import { removeFile, writeBytes } from "../formats/file.ts";
import { encodeFailures, failureOf, failuresName, type UnitFailure } from "./ledger/failureTable.ts";
import { type JournalEvent, readJournal } from "./ledger/journal.ts";
import { Ledger } from "./ledger/ledger.ts";
import { orderUnits } from "./ledger/orderUnits.ts";
import { type Assessment, assessUnits, type UnitPlan } from "./ledger/planUnits.ts";
import type { Unit } from "./ledger/unit.ts";

/** Where the units of a study stand after a merge. */
export interface SettledUnits {
  /** Folders of those that are done, by id. */
  readonly folders: ReadonlyMap<string, string>;
  readonly failures: readonly UnitFailure[];
  /** Those that are neither. */
  readonly missing: readonly UnitPlan[];
}

type FailedEvent = Extract<JournalEvent, { event: "failed" }>;

/**
 * Compares a merged ledger with the units of a study, and takes over what failed where it came from: a unit that failed with the very
 * inputs, options and code that it has now would fail again. Journals both, so that the ledger is as one run would have left it.
 *
 * @param units all of the study
 * @param place the merged ledger's folder, the hash of the code, and the ledgers that were merged
 * @throws ToolkitError as `runUnits`
 */
export async function settleMerged(
  units: readonly Unit[],
  {
    root,
    codeHash,
    sources,
  }: { readonly root: string; readonly codeHash: string; readonly sources: readonly string[] },
): Promise<SettledUnits> {
  const ledger = await Ledger.open({ root, codeHash });
  try {
    const assessments = new Map((await assessUnits(orderUnits(units), ledger)).map((each) => [each.unit.id, each]));
    const elsewhere = await failedIn(sources);
    const folders = new Map<string, string>();
    const failures = new Map<string, UnitFailure>();
    const missing: UnitPlan[] = [];
    for (const { id } of orderUnits(units)) {
      const assessment = assessments.get(id)!;
      const { plan } = assessment;
      if (plan.state === "cached") folders.set(id, ledger.folderOf(id));
      else if (plan.state === "failed") failures.set(id, knownFailure(assessment, ledger, failures));
      else {
        const event = elsewhere.get(id)?.find(({ key }) => key === plan.key);
        if (event === undefined) missing.push(plan);
        else {
          const { time: _, ...fact } = event;
          await ledger.add(fact);
          failures.set(id, failureFrom(event));
        }
      }
    }
    await journalPlan(ledger, units);
    const rows = units.flatMap(({ id }) => failures.get(id) ?? []);
    const path = join(ledger.root, failuresName);
    if (rows.length === 0) await removeFile(path);
    else await writeBytes(path, encodeFailures(rows));
    return { folders, failures: rows, missing };
  } finally {
    await ledger.close();
  }
}

/** What failed last in some ledgers, by id. */
async function failedIn(sources: readonly string[]): Promise<Map<string, FailedEvent[]>> {
  const all = new Map<string, FailedEvent[]>();
  for (const source of sources) {
    const last = new Map<string, JournalEvent>();
    for (const event of (await readJournal(source)).events) if ("id" in event) last.set(event.id, event);
    for (const [id, event] of last) if (event.event === "failed") all.set(id, [...(all.get(id) ?? []), event]);
  }
  return all;
}

/** Why a unit of the merged ledger failed, or cannot run. */
function knownFailure(
  { unit, plan, problem }: Assessment,
  ledger: Ledger,
  failures: ReadonlyMap<string, UnitFailure>,
): UnitFailure {
  if (problem) return failureOf(unit, problem);
  const last = ledger.last(unit.id);
  if (last?.event === "failed") return failureFrom(last);
  const need = unit.needs.map((id) => failures.get(id)).find((failure) => failure !== undefined);
  return { id: unit.id, input: need?.input ?? "", code: need?.code ?? "not-found", message: plan.reason };
}

function failureFrom({ id, input, code, message }: UnitFailure): UnitFailure {
  return { id, input, code, message };
}

/** Journals the names of all units as a run of them does. */
async function journalPlan(ledger: Ledger, units: readonly Unit[]): Promise<void> {
  const ids = units.map(({ id }) => id);
  const plan = createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 16);
  const last = ledger.events.findLast(({ event }) => event === "planned");
  if (last?.event !== "planned" || last.plan !== plan) await ledger.add({ event: "planned", plan, ids });
}

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ToolkitError } from "../../core/error.ts";
import { pathKind, removeFile, writeBytes } from "../../formats/file.ts";
import { encodeFailures, failuresName, type UnitFailure } from "./failureTable.ts";
import { inlineExecutor } from "./inlineExecutor.ts";
import { Ledger } from "./ledger.ts";
import { orderUnits } from "./orderUnits.ts";
import { assessUnits } from "./planUnits.ts";
import { type RunUnitsOptions, runUnitsDefaults } from "./runOptions.ts";
import { schedule } from "./schedule.ts";
import type { Executor, RunUnit, Unit } from "./unit.ts";
import { type UnitOutcome, UnitRunner } from "./unitRunner.ts";

/** How many units there are, and what became of them; the four last add up to the first. */
export interface RunCounts {
  readonly planned: number;
  readonly done: number;
  readonly cached: number;
  /** Those that need one that failed included. */
  readonly failed: number;
  /** Not run, as the run stopped. */
  readonly skipped: number;
}

/** How a run ended. */
export interface RunReport {
  /** In the order of the units given. */
  readonly outcomes: readonly UnitOutcome[];
  readonly counts: RunCounts;
  readonly failures: readonly UnitFailure[];
  /** What was found and put right. */
  readonly remarks: readonly string[];
  /** Why the run stopped early: `aborted`, `not-writable`, or `exists` if another process took the folder over. */
  readonly stopped?: ToolkitError;
}

/**
 * Runs units that are not done yet, those after the units they need. What is done stays done whatever happens: a unit's folder gets
 * its name when it is complete and on the disk. A unit that fails takes those that need it with it, the others go on.
 *
 * @param units see `Unit`; any order
 * @param by a function to run in this thread, or an executor, which stays open
 * @returns also if units failed or the run was stopped early: see `failures` and `stopped`
 * @throws ToolkitError `bad-option` if the units do not fit together, `exists` if another process is at work in the folder,
 * `not-writable` if it cannot be opened for writing
 */
export async function runUnits(
  units: readonly Unit[],
  by: RunUnit | Executor,
  options: RunUnitsOptions,
): Promise<RunReport> {
  const ordered = orderUnits(units);
  const executor = typeof by === "function" ? inlineExecutor(by, options) : by;
  const ledger = await Ledger.open(options);
  const runner = new UnitRunner(ledger, executor, { ...runUnitsDefaults, ...options });
  try {
    for (const remark of ledger.remarks) runner.remark(remark);
    const assessments = await assessUnits(ordered, ledger, options.signal);
    const plans = new Map(assessments.map(({ plan }) => [plan.id, plan]));
    if (assessments.length === units.length) {
      options.onEvent?.({ type: "planned", plans: units.map(({ id }) => plans.get(id)!) });
      await runner.guard(() => journalPlan(ledger, units, runner));
      await runner.guard(() => runner.prepare(assessments));
      // hashing a large corpus takes long: a run that is killed must not have to do it again
      await runner.guard(() => ledger.hashes.save());
    }
    await schedule(ordered, {
      settle: (unit) => runner.settle(unit),
      run: (unit) => runner.run(unit),
      concurrency: executor.concurrency,
      ...(executor.memoryBytes !== undefined && { memoryBytes: executor.memoryBytes }),
    });
    runner.throwDefect();
    const outcomes = units.map(({ id }) => runner.outcomes.get(id)!);
    const failures = units.flatMap(({ id }) => runner.failures.get(id) ?? []);
    await runner.guard(() => writeFailures(ledger.root, failures));
    return {
      outcomes,
      counts: countsOf(outcomes),
      failures,
      remarks: runner.remarks,
      ...(runner.stopped && { stopped: runner.stopped }),
    };
  } finally {
    runner.close();
    await ledger.close();
  }
}

/** Journals the names of all units, if they are not those of the last run, so that a part is never taken for the whole. */
async function journalPlan(ledger: Ledger, units: readonly Unit[], runner: UnitRunner): Promise<void> {
  const ids = units.map(({ id }) => id);
  const plan = createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 16);
  const last = ledger.events.findLast((event) => event.event === "planned");
  if (last?.plan === plan) return;
  const now = new Set(ids);
  const left: string[] = [];
  for (const id of last?.ids ?? []) {
    if (!now.has(id) && (await pathKind(ledger.folderOf(id))) !== undefined) left.push(id);
  }
  if (left.length > 0) {
    const names = left.slice(0, 3).join(", ");
    runner.remark(
      `${ledger.root}: ${left.length} units of an earlier plan are still there: ${names}${left.length > 3 ? ", ..." : ""}`,
    );
  }
  await ledger.add({ event: "planned", plan, ids });
}

async function writeFailures(root: string, failures: readonly UnitFailure[]): Promise<void> {
  const path = join(root, failuresName);
  if (failures.length === 0) await removeFile(path);
  else await writeBytes(path, encodeFailures(failures));
}

function countsOf(outcomes: readonly UnitOutcome[]): RunCounts {
  const count = (state: UnitOutcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length;
  return {
    planned: outcomes.length,
    done: count("done"),
    cached: count("cached"),
    failed: count("failed"),
    skipped: count("skipped"),
  };
}

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { plainText } from "../../core/plainText.ts";
import { planUnits, type UnitPlan } from "../../study/ledger/planUnits.ts";
import type { Unit } from "../../study/ledger/unit.ts";
import { type Shard, shardUnits } from "../../study/shardUnits.ts";
import { readStudyFile } from "../../study/studyFile.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Joined } from "../joined.ts";
import { durationText } from "../progress.ts";
import { ledgerName } from "./studyFinish.ts";

/** Options of `neurosteer study plan`. */
export interface PlanOptions {
  /** Results folder that the plan is compared with. */
  out?: string;
  seed?: number;
  shard?: Shard;
  workers?: number;
  /** List every unit. */
  all?: boolean;
  json?: boolean;
}

/** Units of one kind and state with one reason. */
interface PlanGroup {
  readonly kind: string;
  readonly state: UnitPlan["state"];
  readonly reason: string;
  readonly units: number;
}

const states = ["new", "changed", "failed", "cached"] as const;
const shownGroups = 12;

/** `neurosteer study plan STUDY [--out DIR]`: says what a run would do, unit by unit or grouped, how long and in how much memory. */
export async function studyPlan(path: string, options: PlanOptions, io: CommandIo, joined: Joined): Promise<number> {
  const { out, seed, shard, workers = availableParallelism(), all, json } = options;
  const definition = await readStudyFile(path, { seed });
  const study = await joined.studies.open(definition);
  const whole = joined.studies.plan(study, definition);
  const units = shard ? shardUnits(whole, shard) : whole;
  const plans = out === undefined ? units.map(newPlan) : await plansOf(units, out, joined);
  const summary = { ...time(plans), ...memory(units, plans, workers) };
  const counts = Object.fromEntries(
    states.map((state) => [state, plans.filter((plan) => plan.state === state).length]),
  ) as Record<UnitPlan["state"], number>;
  if (json) {
    const units = all ? { plans } : {};
    outJson(io, { units: plans.length, counts, ...summary, groups: planGroups(plans), ...units });
    return exitCodes.done;
  }
  const say = (line: string) => outLine(io, plainText(line));
  say(`${plans.length} units: ${states.map((state) => `${counts[state]} ${state}`).join(", ")}`);
  if (out === undefined) say("compared with nothing; --out names the folder of an earlier run");
  if (all) for (const { id, state, reason } of plans) say(`${state.padEnd(8)} ${id}: ${reason}`);
  else for (const line of groupLines(planGroups(plans))) say(line);
  say(timeText(summary));
  say(
    `memory: at most ${megabytes(summary.largestBytes)} a unit, ${megabytes(summary.peakBytes)} for ${workers} workers`,
  );
  return exitCodes.done;
}

async function plansOf(units: readonly Unit[], out: string, { codeHash }: Joined): Promise<UnitPlan[]> {
  return planUnits(units, { root: join(out, ledgerName), codeHash: await codeHash() });
}

/** Nothing is read: the inputs of a large corpus take long to hash. */
function newPlan({ id, label, kind }: Unit): UnitPlan {
  return { id, label, kind, state: "new", reason: "never run" };
}

function time(plans: readonly UnitPlan[]) {
  const toDo = plans.filter(({ state }) => state !== "cached");
  const known = toDo.filter(({ estimatedSeconds }) => estimatedSeconds !== undefined);
  return {
    estimatedSeconds: known.reduce((sum, { estimatedSeconds = 0 }) => sum + estimatedSeconds, 0),
    toDo: toDo.length,
    withEstimate: known.length,
  };
}

function memory(units: readonly Unit[], plans: readonly UnitPlan[], workers: number) {
  const bytes = units
    .filter((_, i) => plans[i]!.state !== "cached")
    .map(({ memoryBytes = 0 }) => memoryBytes)
    .sort((a, b) => b - a);
  return {
    largestBytes: bytes[0] ?? 0,
    peakBytes: bytes.slice(0, workers).reduce((sum, each) => sum + each, 0),
    workers,
  };
}

function timeText({ toDo, withEstimate, estimatedSeconds }: ReturnType<typeof time>): string {
  if (toDo === 0) return "time: nothing to do";
  if (withEstimate === 0) return "time: unknown, as no unit of these kinds was timed yet";
  const known = `time: about ${durationText(estimatedSeconds)} of one worker by earlier units of their kind`;
  return withEstimate === toDo ? known : `${known} for ${withEstimate} units, unknown for ${toDo - withEstimate}`;
}

/** Units of one kind, state and reason together, in the order of their first. */
export function planGroups(plans: readonly UnitPlan[]): PlanGroup[] {
  const groups = new Map<string, PlanGroup>();
  for (const { kind, state, reason: own } of plans) {
    // a unit that needs others is as many reasons as there are units
    const reason = own.replaceAll(/\bneeds \S+, which/g, "needs another unit, which");
    const key = JSON.stringify([kind, state, reason]);
    groups.set(key, { kind, state, reason, units: (groups.get(key)?.units ?? 0) + 1 });
  }
  return [...groups.values()];
}

/** Groups as lines, the most numerous first where they are too many. */
export function groupLines(groups: readonly PlanGroup[]): string[] {
  const most = new Set([...groups].sort((a, b) => b.units - a.units).slice(0, shownGroups));
  const shown = groups.filter((group) => most.has(group));
  const width = Math.max(0, ...shown.map(({ kind }) => kind.length));
  const lines = shown.map(
    ({ kind, state, reason, units }) =>
      `${kind.padEnd(width)} ${String(units).padStart(6)} ${state.padEnd(8)} ${reason}`,
  );
  const left = groups.filter((group) => !most.has(group)).reduce((sum, { units }) => sum + units, 0);
  return left === 0 ? lines : [...lines, `and ${left} units for other reasons; --all lists every unit`];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

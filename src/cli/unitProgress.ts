import { MultiBar, Presets, type SingleBar } from "cli-progress";
import { plainText } from "../core/plainText.ts";
import type { UnitEvent } from "../study/ledger/runOptions.ts";
import type { Unit } from "../study/ledger/unit.ts";
import type { CommandIo } from "./io.ts";
import { durationText, eventIntervalMs, lineIntervalMs, type ProgressMode, shownMode } from "./progress.ts";
import { WorkShare } from "./workShare.ts";

/** What a run of units shows. */
export interface UnitProgressOptions {
  /** What the work is. */
  readonly title: string;
  readonly units: readonly Unit[];
  /** Default `auto`: bars on a terminal, lines elsewhere. */
  readonly mode?: ProgressMode;
}

/** Shows how far a run of units is. */
export interface UnitProgress {
  take(event: UnitEvent): void;
  /** Says something beside the display. */
  note(message: string): void;
  /** Ends the display; call it whether the work succeeded or not. */
  stop(): void;
}

/** Where a run is. */
interface Tally {
  readonly labels: ReadonlyMap<string, string>;
  readonly units: number;
  /** Done before the run. */
  cached: number;
  /** Settled, those done before included. */
  settled: number;
  failed: number;
  work: WorkShare;
}

interface Display extends Omit<UnitProgress, "take"> {
  show(event: UnitEvent, tally: Tally, now: number): void;
}

const makers = { bar: bars, lines, json: events, none: remarks };

/**
 * Shows a run of units on standard error: `bar` has one bar for all, with the time left, and one for each unit at work; `lines` at
 * most one line each 5 s; `json` one object a line for each event, of progress at most one a second and unit; `none` what is found
 * and put right, as all do. The time left follows from the weights of the units, not from their number.
 *
 * @throws ToolkitError `bad-option` for a bar without a terminal
 */
export function createUnitProgress(io: CommandIo, { title, units, mode = "auto" }: UnitProgressOptions): UnitProgress {
  const display = makers[shownMode(io, mode)](io, title);
  const tally: Tally = {
    labels: new Map(units.map(({ id, label }) => [id, plainText(label)])),
    units: units.length,
    cached: 0,
    settled: 0,
    failed: 0,
    work: new WorkShare([], []),
  };
  return {
    take: (event) => {
      const now = Date.now();
      count(event, { tally, units, now });
      display.show(event, tally, now);
    },
    note: (message) => display.note(message),
    stop: () => display.stop(),
  };
}

function count(event: UnitEvent, { tally, units, now }: { tally: Tally; units: readonly Unit[]; now: number }): void {
  switch (event.type) {
    case "planned":
      tally.cached = event.plans.filter(({ state }) => state === "cached").length;
      tally.settled = tally.cached;
      tally.work = new WorkShare(units, event.plans);
      break;
    case "started":
      tally.work.start(event.id, now);
      break;
    case "progress":
      tally.work.progress(event.id, event.total > 0 ? event.done / event.total : 0);
      break;
    case "done":
      tally.settled++;
      tally.work.settle(event.id, event.seconds);
      break;
    case "failed":
      tally.settled++;
      tally.failed++;
      tally.work.settle(event.id);
      break;
    case "skipped":
      tally.work.settle(event.id);
      break;
  }
}

function remarks(io: CommandIo): Display {
  const note = (message: string) => io.error(`${plainText(message)}\n`);
  return { show: (event) => (event.type === "remark" ? note(event.message) : undefined), note, stop: () => {} };
}

function lines(io: CommandIo, title: string): Display {
  const note = (message: string) => io.error(`${plainText(message)}\n`);
  let lastAt = Date.now();
  return {
    show: (event, tally, now) => {
      if (event.type === "remark") note(event.message);
      if (event.type === "planned") note(`${title}: ${planText(tally)}`);
      if (event.type !== "progress" && event.type !== "done" && event.type !== "failed") return;
      const isLast = tally.settled === tally.units;
      if (now - lastAt < lineIntervalMs && !isLast) return;
      lastAt = now;
      const label = event.type === "progress" ? plainText(event.label) : tally.labels.get(event.id);
      note(`${title}: ${percent(tally)} % (${countText(tally)}), ${leftText(tally, now)}, ${label}`);
    },
    note,
    stop: () => {},
  };
}

function events(io: CommandIo): Display {
  const write = (event: object) => io.error(`${JSON.stringify(event)}\n`);
  const lastAt = new Map<string, number>();
  return {
    show: (event, tally, now) => {
      const { settled, units, cached, failed } = tally;
      if (event.type === "planned") return write({ event: "planned", units, cached, toDo: units - cached });
      if (event.type === "remark") return write({ event: "remark", message: plainText(event.message) });
      const { type, id, ...facts } = event;
      if (type === "progress" && now - (lastAt.get(id) ?? 0) < eventIntervalMs) return;
      if (type === "progress") lastAt.set(id, now);
      else if (type !== "started") lastAt.delete(id);
      const texts = Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [name, typeof value === "string" ? plainText(value) : value]),
      );
      const label = type === "started" ? { label: tally.labels.get(id) } : {};
      const share = Number(tally.work.share().toFixed(4));
      const secondsLeft = tally.work.secondsLeft(now);
      const all = type === "done" || type === "failed" ? { settled, units, failedUnits: failed, share } : {};
      const left = type === "done" && secondsLeft !== undefined ? { secondsLeft: Math.round(secondsLeft) } : {};
      write({ event: type, unit: id, ...label, ...texts, ...all, ...left });
    },
    note: (message) => write({ event: "note", message: plainText(message) }),
    stop: () => {},
  };
}

/** Steps of the bar for all units. */
const barSteps = 1000;
const redrawMs = 100;
const longestLabel = 48;

function bars(io: CommandIo, title: string): Display {
  const stream = io.terminal!;
  // a bar that moved up as one above it was removed is drawn only where all are drawn anew
  const options = {
    stream,
    hideCursor: true,
    clearOnComplete: true,
    forceRedraw: true,
    fps: 1000 / redrawMs,
    barsize: 24,
  };
  const multi = new MultiBar(options, Presets.shades_classic);
  const ofUnits = new Map<string, SingleBar>();
  const most = Math.max(1, Math.min(16, (stream.rows ?? 24) - 3));
  let all: SingleBar | undefined;
  let drawnAt = 0;
  let hasNotes = false;
  const draw = (now: number) => {
    // a unit that keeps this thread busy leaves no time to the bars' own clock
    if (all === undefined || now - drawnAt < redrawMs) return;
    drawnAt = now;
    multi.update();
    hasNotes = false;
  };
  const note = (message: string) => {
    if (all === undefined) return io.error(`${plainText(message)}\n`);
    multi.log(`${plainText(message)}\n`);
    hasNotes = true;
  };
  return {
    show: (event, tally, now) => {
      if (event.type === "remark") return note(event.message);
      if (event.type === "failed") note(`failed: ${tally.labels.get(event.id)}: ${event.message}`);
      const payload = { units: countText(tally), left: leftText(tally, now) };
      const value = Math.floor(barSteps * tally.work.share());
      const format = `${title} [{bar}] {percentage} % | {units} | {left}`;
      all ??= multi.create(barSteps, value, payload, { format });
      all.update(value, payload);
      if (event.type === "started" && ofUnits.size < most) {
        const unitFormat = "  {label} [{bar}] {step}";
        const label = (tally.labels.get(event.id) ?? event.id).slice(0, longestLabel).padEnd(longestLabel);
        ofUnits.set(event.id, multi.create(1, 0, { label, step: "" }, { format: unitFormat }));
      } else if (event.type === "progress") {
        const bar = ofUnits.get(event.id);
        bar?.setTotal(Math.max(1, event.total));
        bar?.update(event.done, { step: plainText(event.label) });
      } else if (event.type === "done" || event.type === "failed" || event.type === "skipped") {
        const bar = ofUnits.get(event.id);
        if (bar) multi.remove(bar);
        ofUnits.delete(event.id);
      }
      draw(now);
    },
    note,
    stop: () => {
      if (all === undefined) return;
      if (hasNotes) multi.update();
      multi.stop();
    },
  };
}

function planText({ units, cached }: Tally): string {
  return cached === 0 ? `${units} units` : `${units} units, ${cached} of them done before`;
}

function countText({ settled, units, failed }: Tally): string {
  return `${settled} of ${units} units${failed > 0 ? `, ${failed} failed` : ""}`;
}

function percent({ work }: Tally): number {
  return Math.floor(100 * work.share());
}

function leftText({ work }: Tally, now: number): string {
  const seconds = work.secondsLeft(now);
  return seconds === undefined ? "time left not known yet" : `about ${durationText(seconds)} left`;
}

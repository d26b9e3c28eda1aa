import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress, durationText, progressModes } from "../../src/cli/progress.ts";
import { createUnitProgress } from "../../src/cli/unitProgress.ts";
import { WorkShare } from "../../src/cli/workShare.ts";
import type { UnitPlan } from "../../src/study/ledger/planUnits.ts";
import type { UnitEvent } from "../../src/study/ledger/runOptions.ts";
import type { Unit } from "../../src/study/ledger/unit.ts";

const escapeCode = String.fromCharCode(0x1b);
const nasty = `${escapeCode}[2J${escapeCode}]0;title${String.fromCharCode(7)}`;

const unit = (id: string, kind: string, weight: number): Unit => {
  return { id, kind, label: `${nasty}unit ${id}`, needs: [], inputs: [], options: {}, job: {}, weight };
};
const plan = ({ id, kind, label }: Unit, state: UnitPlan["state"] = "new", estimatedSeconds?: number): UnitPlan => {
  return { id, kind, label, state, reason: "", ...(estimatedSeconds !== undefined && { estimatedSeconds }) };
};
const planned = (plans: readonly UnitPlan[]): UnitEvent => ({ type: "planned", plans });
const finished = (id: string, seconds = 1): UnitEvent => ({ type: "done", id, seconds });

/** What a command has to write to; a terminal where it is asked for. */
function surroundings(isTerminal = false) {
  const texts: string[] = [];
  const drawn: string[] = [];
  const terminal = {
    isTTY: true,
    columns: 100,
    rows: 24,
    write: (text: string) => drawn.push(text) > 0,
    on: () => {},
  } as unknown as NodeJS.WriteStream;
  const io = {
    out: () => {},
    error: (text: string) => void texts.push(text),
    signal: new AbortController().signal,
    ...(isTerminal && { terminal }),
  };
  return { io, texts, drawn };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("WorkShare", () => {
  it("goes by weights, not by numbers", () => {
    const units = [unit("a", "k", 9), unit("b", "k", 1)];
    const work = new WorkShare(
      units,
      units.map((each) => plan(each)),
    );
    expect(work.share()).toBe(0);
    expect(work.secondsLeft(0)).toBeUndefined();
    work.start("a", 0);
    work.settle("a", 18);
    expect(work.share()).toBeCloseTo(0.9, 12);
    // 0.9 of the work took 18 s, so the whole takes 20
    expect(work.secondsLeft(18_000)).toBeCloseTo(2, 9);
    work.settle("b", 2);
    expect([work.share(), work.secondsLeft(20_000)]).toEqual([1, 0]);
  });

  it("weighs kinds by their seconds, in this run or earlier ones", () => {
    const units = [unit("a", "quick", 1), unit("b", "slow", 1)];
    const known = new WorkShare(units, [plan(units[0]!, "new", 1), plan(units[1]!, "new", 9)]);
    known.start("a", 0);
    known.settle("a", 1);
    expect(known.share()).toBeCloseTo(0.1, 12);
    // this run is ten times as slow at one kind as the earlier one
    const slower = new WorkShare(units, [plan(units[0]!, "new", 1), plan(units[1]!, "new", 10)]);
    slower.start("a", 0);
    slower.settle("a", 10);
    expect(slower.share()).toBeCloseTo(0.5, 12);
    const unknown = new WorkShare(
      units,
      units.map((each) => plan(each)),
    );
    unknown.start("a", 0);
    unknown.settle("a", 100);
    expect(unknown.share()).toBeCloseTo(0.5, 12);
  });

  it("counts parts of running units and leaves out those done before", () => {
    const units = [unit("a", "k", 1), unit("b", "k", 1), unit("c", "k", 98)];
    const work = new WorkShare(units, [plan(units[0]!), plan(units[1]!), plan(units[2]!, "cached", 0)]);
    work.start("a", 0);
    work.progress("a", 0.5);
    expect(work.share()).toBeCloseTo(0.25, 12);
    work.progress("c", 1);
    work.settle("c");
    expect(work.share()).toBeCloseTo(0.25, 12);
    work.settle("a");
    work.settle("b");
    expect(work.share()).toBe(1);
    expect(new WorkShare([], []).share()).toBe(1);
  });
});

describe("createUnitProgress", () => {
  const units = [unit("a", "k", 3), unit("b", "k", 1), unit("c", "k", 1)];
  const plans = [plan(units[0]!), plan(units[1]!), plan(units[2]!, "cached", 0)];

  it("writes at most one line each 5 s, and the last one at once", () => {
    const { io, texts } = surroundings();
    const progress = createUnitProgress(io, { title: "run", units });
    progress.take(planned(plans));
    expect(texts).toEqual(["run: 3 units, 1 of them done before\n"]);
    progress.take({ type: "started", id: "a" });
    for (let step = 1; step <= 9; step++) {
      vi.advanceTimersByTime(1000);
      progress.take({ type: "progress", id: "a", done: step, total: 10, label: `step ${step}` });
    }
    // 0.5 of 3 of 4 weights took 5 s: 5 / 0.375 - 5
    expect(texts.slice(1)).toEqual(["run: 37 % (1 of 3 units), about 8 s left, step 5\n"]);
    progress.take(finished("a", 9));
    progress.take({ type: "failed", id: "b", code: "bad-value", message: "no" });
    expect(texts.slice(2)).toEqual(["run: 100 % (3 of 3 units, 1 failed), about 0 s left, unit b\n"]);
    progress.stop();
  });

  it("writes one JSON object an event, of progress at most one a second and unit", () => {
    const { io, texts } = surroundings();
    const progress = createUnitProgress(io, { title: "run", units, mode: "json" });
    progress.take(planned(plans));
    progress.take({ type: "started", id: "a" });
    for (let step = 1; step <= 20; step++) {
      vi.advanceTimersByTime(100);
      progress.take({ type: "progress", id: "a", done: step, total: 20, label: `${nasty}step` });
    }
    progress.take(finished("a", 2));
    progress.take({ type: "failed", id: "b", code: "bad-value", message: "no\nmore" });
    progress.take({ type: "remark", message: "found" });
    progress.note("stopping");
    const events = texts.map((line) => JSON.parse(line));
    for (const line of texts) expect(line).toMatch(/^\{[^\n]*\}\n$/);
    expect(events[0]).toEqual({ event: "planned", units: 3, cached: 1, toDo: 2 });
    expect(events[1]).toEqual({ event: "started", unit: "a", label: "unit a" });
    expect(events.filter(({ event }) => event === "progress").map(({ done }) => done)).toEqual([1, 11]);
    expect(events[2].label).toBe("step");
    expect(events.slice(-4)).toEqual([
      { event: "done", unit: "a", seconds: 2, settled: 2, units: 3, failedUnits: 0, share: 0.75, secondsLeft: 1 },
      {
        event: "failed",
        unit: "b",
        code: "bad-value",
        message: "no more",
        settled: 3,
        units: 3,
        failedUnits: 1,
        share: 1,
      },
      { event: "remark", message: "found" },
      { event: "note", message: "stopping" },
    ]);
  });

  it("tells nothing but remarks where none is asked for", () => {
    const { io, texts } = surroundings();
    const progress = createUnitProgress(io, { title: "run", units, mode: "none" });
    progress.take(planned(plans));
    progress.take({ type: "started", id: "a" });
    progress.take(finished("a"));
    progress.take({ type: "remark", message: `${nasty}found` });
    expect(texts).toEqual(["found\n"]);
  });

  it("draws a bar for all and one for each unit at work, without what labels hold of control characters", () => {
    const { io, texts, drawn } = surroundings(true);
    const progress = createUnitProgress(io, { title: "run", units });
    progress.take(planned(plans));
    progress.take({ type: "started", id: "a" });
    progress.take({ type: "started", id: "b" });
    vi.advanceTimersByTime(1000);
    progress.take({ type: "progress", id: "a", done: 1, total: 2, label: `${nasty}half` });
    vi.advanceTimersByTime(1000);
    const screen = drawn.join("");
    expect(screen).toMatch(/run \[.*\] 37 % \| 1 of 3 units \| about 2 s left/);
    expect(screen).toMatch(/unit a +\[.*\] half/);
    expect(screen).toMatch(/unit b +\[/);
    expect(screen).not.toContain(`${escapeCode}[2J`);
    expect(screen).not.toContain("title");
    drawn.length = 0;
    progress.take(finished("a", 2));
    progress.take({ type: "failed", id: "b", code: "bad-value", message: "no" });
    progress.stop();
    expect(drawn.join("")).toMatch(/failed: unit b: no/);
    expect(drawn.join("")).toContain(`${escapeCode}[?25h`);
    drawn.length = 0;
    vi.advanceTimersByTime(5000);
    expect(drawn).toEqual([]);
    expect(texts).toEqual([]);
  });

  it("draws no more bars than the terminal has room for", () => {
    const many = Array.from({ length: 100 }, (_, i) => unit(`u${i}`, "k", 1));
    const { io, drawn } = surroundings(true);
    const progress = createUnitProgress(io, { title: "run", units: many });
    progress.take(planned(many.map((each) => plan(each))));
    for (const { id } of many) progress.take({ type: "started", id });
    vi.advanceTimersByTime(200);
    progress.stop();
    expect(new Set(drawn.join("").match(/unit u\d+/g)).size).toBe(16);
  });

  it("says what comes before the first event, and nothing is left on the screen if there is none", () => {
    const { io, texts, drawn } = surroundings(true);
    const progress = createUnitProgress(io, { title: "run", units });
    progress.note("stopping");
    progress.stop();
    expect([texts, drawn]).toEqual([["stopping\n"], []]);
  });
});

describe("createProgress", () => {
  it("is JSON at most each second, lines at most each 5 s, each with its end, or nothing", () => {
    const count = Object.fromEntries(
      progressModes
        .filter((mode) => mode !== "bar")
        .map((mode) => {
          const { io, texts } = surroundings();
          const progress = createProgress(io, "work", mode);
          for (let done = 1; done <= 100; done++) {
            vi.advanceTimersByTime(100);
            progress.update(done, 100, `${nasty}step`);
          }
          progress.stop();
          for (const text of texts) expect(text).not.toContain(escapeCode);
          return [mode, texts.length];
        }),
    );
    // 10 s: JSON at 0.1, 1.1, .. 9.1 s and the end, lines at 5 and 10 s
    expect(count).toEqual({ auto: 2, lines: 2, json: 11, none: 0 });
  });

  it("draws on a terminal, and refuses to without one", () => {
    const { io, drawn } = surroundings(true);
    const progress = createProgress(io, "work");
    progress.update(1, 2, `${nasty}step`);
    progress.stop();
    expect(drawn.join("")).toMatch(/work \[.*step/);
    expect(drawn.join("")).not.toContain("title");
    expect(() => createProgress(surroundings().io, "work", "bar")).toThrow(/no terminal to draw a bar on/);
  });
});

it.each([
  [0, "0 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
  [3599.6, "1 h 0 min"],
])("%d s are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

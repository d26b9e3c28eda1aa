import { Presets, SingleBar } from "cli-progress";
import { ToolkitError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { CommandIo } from "./io.ts";

/** How progress is shown: on a terminal as a bar, elsewhere as lines (`auto`), or as said. */
export const progressModes = ["auto", "bar", "lines", "json", "none"] as const;

/** One of {@link progressModes}. */
export type ProgressMode = (typeof progressModes)[number];

/** Shows how far a piece of work is. */
export interface ProgressDisplay {
  /** @param label what is being done now */
  update(done: number, total: number, label: string): void;
  /** Ends the display; call it whether the work succeeded or not. */
  stop(): void;
}

/** Least time between two plain lines, in milliseconds. */
export const lineIntervalMs = 5000;
/** Least time between two progress events of one piece of work, in milliseconds. */
export const eventIntervalMs = 1000;

/**
 * A bar with the time left on a terminal; elsewhere plain lines, at most one each 5 s. Or one JSON object a line, at most one each
 * second. All on standard error.
 *
 * @param title what the work is
 * @param mode default `auto`
 * @throws ToolkitError `bad-option` for a bar without a terminal
 */
export function createProgress(io: CommandIo, title: string, mode: ProgressMode = "auto"): ProgressDisplay {
  const shown = shownMode(io, mode);
  if (shown === "bar") return terminalBar(io.terminal!, title);
  if (shown === "lines") return plainLines(io, title);
  if (shown === "json") return eventLines(io, title);
  return { update: () => {}, stop: () => {} };
}

/**
 * What a mode comes to here.
 *
 * @throws ToolkitError `bad-option` for a bar without a terminal
 */
export function shownMode({ terminal }: CommandIo, mode: ProgressMode): Exclude<ProgressMode, "auto"> {
  if (mode === "auto") return terminal ? "bar" : "lines";
  if (mode === "bar" && !terminal) {
    throw new ToolkitError(
      "bad-option",
      "progress: standard error is no terminal to draw a bar on; ask for lines or json",
    );
  }
  return mode;
}

/** A length of time for people: `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function terminalBar(stream: NodeJS.WriteStream, title: string): ProgressDisplay {
  const bar = new SingleBar(
    {
      stream,
      format: `${title} [{bar}] {percentage} % | {eta_formatted} left | {label}`,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 30,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update: (done, total, text) => {
      const label = plainText(text);
      if (!started) bar.start(total, done, { label });
      else bar.update(done, { label });
      started = true;
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
}

function plainLines(io: CommandIo, title: string): ProgressDisplay {
  const startedAt = Date.now();
  let lastAt = startedAt;
  return {
    update: (done, total, label) => {
      const now = Date.now();
      if (now - lastAt < lineIntervalMs && done < total) return;
      lastAt = now;
      const seconds = (((now - startedAt) / done) * (total - done)) / 1000;
      const left = done > 0 ? `about ${durationText(seconds)} left` : "time left not known yet";
      io.error(`${title}: ${Math.round((100 * done) / total)} % (${done} of ${total}), ${left}, ${plainText(label)}\n`);
    },
    stop: () => {},
  };
}

function eventLines(io: CommandIo, title: string): ProgressDisplay {
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    update: (done, total, label) => {
      const now = Date.now();
      if (now - lastAt < eventIntervalMs && done < total) return;
      lastAt = now;
      io.error(`${JSON.stringify({ event: "progress", title, done, total, label: plainText(label) })}\n`);
    },
    stop: () => {},
  };
}

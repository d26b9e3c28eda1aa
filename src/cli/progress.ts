import { Presets, SingleBar } from "cli-progress";
import type { CommandIo } from "./io.ts";

/** Shows how far a piece of work is. */
export interface ProgressDisplay {
  /** @param label what is being done now */
  update(done: number, total: number, label: string): void;
  /** Ends the display; call it whether the work succeeded or not. */
  stop(): void;
}

/** Least time between two plain lines, in milliseconds. */
const lineIntervalMs = 5000;

/**
 * A bar with the time left on a terminal, plain lines (at most one each 5 s) elsewhere, both on standard error.
 *
 * @param title what the work is
 */
export function createProgress(io: CommandIo, title: string): ProgressDisplay {
  return io.terminal ? terminalBar(io.terminal, title) : plainLines(io, title);
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
    update: (done, total, label) => {
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
      const left = done > 0 ? Math.round((((now - startedAt) / done) * (total - done)) / 1000) : 0;
      io.error(
        `${title}: ${Math.round((100 * done) / total)} % (${done} of ${total}), about ${left} s left, ${label}\n`,
      );
    },
    stop: () => {},
  };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodedSwitchDuration } from "../../../src/eeg/decoding/decodedSwitchDuration.ts";
import { switchDuration } from "../../../src/eeg/decoding/switchDuration.ts";
import { decodedTrials } from "./decodedTrials.ts";

/** Solves a small system by Gauss-Jordan elimination with pivoting. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let c = 0; c < rows.length; c++) {
    const best = rows.findIndex(
      (row, r) => r >= c && Math.abs(row[c]!) === Math.max(...rows.slice(c).map((x) => Math.abs(x[c]!))),
    );
    [rows[c], rows[best]] = [rows[best]!, rows[c]!];
    for (const [r, row] of rows.entries()) {
      if (r === c) continue;
      const factor = row[c]! / rows[c]![c]!;
      for (let k = c; k < row.length; k++) row[k]! -= factor * rows[c]![k]!;
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

/** Stationary probabilities of the chain that moves up with probability p, by its balance equations. */
function stationary(states: number, p: number): number[] {
  const matrix = Array.from({ length: states }, (_, i) =>
    Array.from({ length: states }, (_, j) => {
      if (i === states - 1) return 1;
      const into = (j === i - 1 ? p : 0) + (j === i + 1 ? 1 - p : 0) + (i === 0 && j === 0 ? 1 - p : 0);
      return into - (i === j ? 1 : 0);
    }),
  );
  return solve(matrix, [...new Array<number>(states - 1).fill(0), 1]);
}

/** Expected number of moves to `target` from each state below it, by its equations. */
function hitting(target: number, p: number): number[] {
  const below = target - 1;
  const matrix = Array.from({ length: below }, (_, i) =>
    Array.from({ length: below }, (_, j) => {
      const move = (j === i + 1 ? p : 0) + (j === i - 1 ? 1 - p : 0) + (i === 0 && j === 0 ? 1 - p : 0);
      return (i === j ? 1 : 0) - move;
    }),
  );
  return solve(matrix, new Array<number>(below).fill(1));
}

describe("switchDuration", () => {
  it.each([0.52, 0.6, 0.7, 0.8, 0.9, 0.99])("is the expectation of the Markov chain at accuracy %d", (p) => {
    const { points } = switchDuration([{ windowSeconds: 3, accuracy: p }]);
    const { states, target, seconds } = points[0]!;
    if (states < 80) {
      // The fewest states of which the upper ones, at 0.65 or more, hold 0.8 of the time.
      const enough = (n: number) => {
        const chances = stationary(n, p);
        let above = 0;
        for (let k = n; k >= 1; k--) {
          above += chances[k - 1]!;
          if (above >= 0.8) return (k - 1) / (n - 1) >= 0.65 - 1e-12;
        }
        return false;
      };
      expect(enough(states)).toBe(true);
      for (let n = 5; n < states; n++) expect(enough(n)).toBe(false);
    }
    expect((target - 1) / (states - 1)).toBeGreaterThanOrEqual(0.65 - 1e-12);
    expect((target - 2) / (states - 1)).toBeLessThan(0.65);
    // While the other source was attended the chain moved up with 1 - p.
    const before = Array.from({ length: target - 1 }, (_, i) => ((1 - p) / p) ** i);
    const times = hitting(target, p);
    const mean = before.reduce((sum, weight, i) => sum + weight * times[i]!, 0) / before.reduce((a, b) => a + b);
    expect(seconds / (3 * mean)).toBeCloseTo(1, 9);
  });

  it.each([0.55, 0.7, 0.85, 0.95])("is the closed form of the paper at accuracy %d", (p) => {
    const { seconds, best } = switchDuration([{ windowSeconds: 1, accuracy: p }]);
    const [k, r] = [best!.target, p / (1 - p)];
    let sum = 0;
    for (let i = 1; i < k; i++) {
      sum += r ** -i * ((k - i) / (2 * p - 1) + (p * (r ** -k - r ** -i)) / (2 * p - 1) ** 2);
    }
    expect(seconds / (((r ** (k + 1) - r ** k) / (r ** k - r)) * sum)).toBeCloseTo(1, 9);
  });

  it("agrees with the closed forms in NumPy over a whole curve", () => {
    const recorded = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../fixtures/switchDuration.json"), "utf8"),
    ) as {
      curve: { windowSeconds: number; accuracy: number }[];
      points: { seconds: number; states: number; target: number }[];
      seconds: number;
      windowSeconds: number;
      accuracy: number;
    };
    const { seconds, best, points } = switchDuration(recorded.curve);
    const { points: expected } = recorded;
    expect(points.map(({ states, target }) => [states, target])).toEqual(
      expected.map(({ states, target }) => [states, target]),
    );
    expect(points.map((point) => point.seconds)).toBeAllclose(
      expected.map((point) => point.seconds),
      { rtol: 1e-10 },
    );
    expect([seconds, best!.windowSeconds, best!.accuracy]).toBeAllclose(
      [recorded.seconds, recorded.windowSeconds, recorded.accuracy],
      { rtol: 1e-10 },
    );
  });

  it("takes the steps to the target and no more at accuracy 1", () => {
    // 5 states at 0, 0.25, 0.5, 0.75, 1: the fourth is the first of at least 0.65, three steps from the lowest.
    expect(switchDuration([{ windowSeconds: 2, accuracy: 1 }])).toMatchObject({
      seconds: 6,
      best: { states: 5, target: 4 },
    });
  });

  it("falls with accuracy, and is proportional to the length of all windows", () => {
    const at = (accuracy: number, windowSeconds = 1) => switchDuration([{ windowSeconds, accuracy }]).seconds;
    // Within one number of states; where it drops by one the target moves too and the duration may jump.
    const grid = [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1].map((p) => at(p));
    for (const [i, value] of grid.entries()) if (i > 0) expect(value).toBeLessThan(grid[i - 1]!);
    expect(at(0.8, 7)).toBeCloseTo(7 * at(0.8), 10);
  });

  it("minimises over the piecewise linear curve: never above the best point, and above it where one is added on the line", () => {
    const curve = [
      { windowSeconds: 20, accuracy: 0.9 },
      { windowSeconds: 1, accuracy: 0.6 },
      { windowSeconds: 60, accuracy: 0.95 },
    ];
    const { seconds, points, best } = switchDuration(curve);
    expect(points.map(({ windowSeconds }) => windowSeconds)).toEqual([1, 20, 60]);
    expect(seconds).toBeLessThanOrEqual(Math.min(...points.map((point) => point.seconds)));
    const onLine = 0.6 + (0.3 * (best!.windowSeconds - 1)) / 19;
    expect(best!.accuracy).toBeCloseTo(onLine, 12);
    const finer = [...curve, { windowSeconds: 10.5, accuracy: 0.75 }];
    expect(switchDuration(finer).seconds).toBeCloseTo(seconds, 9);
  });

  it("leaves out and counts what is not above chance", () => {
    const result = switchDuration([
      { windowSeconds: 1, accuracy: 0.5 },
      { windowSeconds: 2, accuracy: 0.4 },
      { windowSeconds: 5, accuracy: 0.7 },
    ]);
    expect(result).toMatchObject({ excluded: 2, best: { windowSeconds: 5 } });
    expect(result.warnings).toHaveLength(2);
    expect(switchDuration([{ windowSeconds: 1, accuracy: 0.5 }])).toMatchObject({ seconds: Infinity, best: null });
    expect(switchDuration([{ windowSeconds: 1, accuracy: 0.5 + 1e-9 }]).excluded).toBe(1);
  });

  it("refuses what makes no chain", () => {
    const point = { windowSeconds: 1, accuracy: 0.7 };
    expect(() => switchDuration([])).toThrow("no points");
    expect(() => switchDuration([point, point])).toThrow("two points at 1 s");
    expect(() => switchDuration([point], { comfort: 1 })).toThrow("comfort is 1");
    expect(() => switchDuration([point], { minStates: 1 })).toThrow("minStates is 1");
    expect(() => switchDuration([{ windowSeconds: 1, accuracy: 1.2 }])).toThrow("accuracy at 1 s");
  });
});

describe("decodedSwitchDuration", () => {
  it("is that of the accuracies of the windows, with an interval from trials", () => {
    const trials = decodedTrials("switch", { trials: 10, samples: 1920, gain: 0.15 });
    const result = decodedSwitchDuration(trials, { rateHz: 64, bootstrap: { resamples: 60 } });
    expect(result.counts.map(({ count }) => count)).toEqual([300, 150, 60, 30, 10, 10]);
    expect(result.seconds).toBe(switchDuration(result.counts).seconds);
    expect(result.interval!.low).toBeLessThan(result.seconds);
    expect(result.interval!.high).toBeGreaterThan(result.seconds);
    expect(result).toMatchObject({ chance: Infinity, trials: 10 });
  });

  it("is endless, with an endless interval, where decoding is wrong throughout, and refuses trios", () => {
    const wrong = decodedTrials("wrong", { trials: 3, samples: 640, gain: 3 }).map((trial) => ({
      ...trial,
      attended: 1 - trial.attended,
    }));
    const options = { rateHz: 64, windowSeconds: [5, 10], bootstrap: { resamples: 20 } };
    expect(decodedSwitchDuration(wrong, options)).toMatchObject({
      seconds: Infinity,
      interval: { low: Infinity, high: Infinity },
    });
    const trio = decodedTrials("trio", { trials: 2, samples: 640, gain: 3, sources: 3 });
    expect(() => decodedSwitchDuration(trio, { rateHz: 64 })).toThrow("trial 0 has 3 sources");
  });
});

import { describe, expect, it, test } from "vitest";
import type { FloatArray, Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/separation/checkpointFile.ts";
import { convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import type { Checkpoint, DescentOptions, DescentResult } from "../../src/separation/descent.ts";
import { nmf } from "../../src/separation/nmf.ts";

// A run that is interrupted and resumed is the run that was not interrupted, bit for bit.

const random = createRandom("checkpoints");
const x: Matrix = {
  rows: 21,
  columns: 17,
  data: Float64Array.from({ length: 21 * 17 }, () =>
    random.uniform() < 0.15 ? 0 : random.uniform() ** 2 + 0.01 * random.uniform(),
  ),
};

/** Peaks on a low ground, where bold steps overshoot. */
const peaks: Matrix = {
  ...x,
  data: x.data.map((_, i) => ((i * 7) % 19 === 0 ? 10 : 0.01) * (0.1 + random.uniform() ** 2)),
};

type Run = (options: DescentOptions) => DescentResult & { dictionary: Matrix; activations: Matrix };

const plain = { components: 4, seed: 7, tolerance: 0 } as const;
const steep = { beta: 2, overRelaxation: 1.95 } as const;
const patches = { components: 3, templateFrames: 3, seed: 7, tolerance: 0, precision: "float64" } as const;
const runs: Record<string, Run> = {
  "nmf in single precision": (more) => nmf(x, { ...plain, ...more }),
  "nmf in double precision": (more) => nmf(x, { ...plain, precision: "float64", ...more }),
  "nmf at beta 0.5, dictionary first": (more) => nmf(x, { ...plain, beta: 0.5, updateOrder: "wh", ...more }),
  "nmf at beta 2": (more) => nmf(x, { ...plain, beta: 2, ...more }),
  "nmf in joint order": (more) => nmf(x, { ...plain, updateOrder: "joint", ...more }),
  "nmf with weights and rows that stay": (more) =>
    nmf(x, { ...plain, start: { dictionary: rowsOf(4, 17) }, fixDictionary: [1], sparsityActivations: 0.1, ...more }),
  "nmf, over-relaxed": (more) => nmf(x, { ...plain, overRelaxation: 1.6, ...more }),
  "nmf, over-relaxed so far that steps are taken back": (more) =>
    nmf(peaks, { ...plain, ...steep, precision: "float64", ...more }),
  "nmf with every fourth cost": (more) => nmf(x, { ...plain, costEvery: 4, ...more }),
  "nmf, over-relaxed, with every fourth cost": (more) => nmf(peaks, { ...plain, ...steep, costEvery: 4, ...more }),
  "nmf with a tolerance": (more) => nmf(x, { ...plain, tolerance: 1e-9, ...more }),
  "convolutiveNmf with MM1": (more) => convolutiveNmf(x, { ...patches, update: "mm1", ...more }),
  "convolutiveNmf with MM2": (more) => convolutiveNmf(x, { ...patches, update: "mm2", ...more }),
  "convolutiveNmf with the heuristic": (more) => convolutiveNmf(x, { ...patches, update: "heuristic", ...more }),
  "convolutiveNmf in single precision at beta 0.5": (more) =>
    convolutiveNmf(x, { ...patches, precision: "float32", beta: 0.5, ...more }),
};
const names = Object.keys(runs);

function rowsOf(rows: number, columns: number): Matrix {
  const values = createRandom("start");
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => 0.1 + values.uniform()) };
}

/** What must be the same. `toEqual` compares typed arrays number by number. */
const outcome = ({ dictionary, activations, cost, stop, iterations, checkpoint }: ReturnType<Run>) => ({
  dictionary: dictionary.data,
  activations: activations.data,
  cost,
  stop,
  iterations,
  checkpoint,
});

function checkpointsOf(run: Run, checkpointEvery: number): Checkpoint[] {
  const found: Checkpoint[] = [];
  run({ iterations: 30, checkpointEvery, onCheckpoint: (checkpoint) => found.push(checkpoint) });
  return found;
}

describe("30 iterations", () => {
  it("have, where they are over-relaxed, steps that are taken back, plain ones after them and bold ones again", () => {
    for (const name of [
      "nmf, over-relaxed so far that steps are taken back",
      "nmf, over-relaxed, with every fourth cost",
    ]) {
      const states = checkpointsOf(runs[name]!, 1).map(({ relaxation: [factor, isPlain] }) => ({ factor, isPlain }));
      const firstPlain = states.findIndex(({ isPlain }) => isPlain);
      expect(firstPlain).toBeGreaterThan(-1);
      expect(states.slice(firstPlain).some(({ isPlain }) => !isPlain)).toBe(true);
      expect(new Set(states.map(({ factor }) => factor)).size).toBeGreaterThan(2);
    }
  });

  test.each(names)("are 13 and those after a resumption: %s", (name) => {
    const run = runs[name]!;
    const whole = run({ iterations: 30 });
    expect(whole).toMatchObject({ stop: "iterations", iterations: 30 });
    const part = run({ iterations: 13 });
    expect(part.cost).toHaveLength(part.checkpoint.cost.length + 1);
    expect(outcome(run({ iterations: 30, resume: part.checkpoint }))).toEqual(outcome(whole));
  });

  test.each(names)("are those after a resumption from any checkpoint: %s", (name) => {
    const run = runs[name]!;
    const whole = outcome(run({ iterations: 30 }));
    const checkpoints = checkpointsOf(run, 1);
    expect(checkpoints.map(({ iterations }) => iterations)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    for (const resume of checkpoints) expect(outcome(run({ iterations: 30, resume }))).toEqual(whole);
  });

  test.each(names)("are those of as many resumptions, through files: %s", (name) => {
    const run = runs[name]!;
    const whole = outcome(run({ iterations: 30 }));
    let { checkpoint } = run({ iterations: 0 });
    for (let iterations = 1; iterations < 30; iterations++) {
      checkpoint = run({ iterations, resume: decodeCheckpoint(encodeCheckpoint(checkpoint), name) }).checkpoint;
    }
    const resume = decodeCheckpoint(encodeCheckpoint(checkpoint), name);
    expect(outcome(run({ iterations: 30, resume }))).toEqual(whole);
  });

  it("are those after an abortion", () => {
    for (const name of names) {
      const run = runs[name]!;
      const stopper = new AbortController();
      const onIteration = (iteration: number) => {
        if (iteration === 11) stopper.abort();
      };
      const part = run({ iterations: 30, signal: stopper.signal, onIteration });
      expect(part).toMatchObject({ stop: "aborted", iterations: 11 });
      const again = run({ iterations: 30, resume: part.checkpoint });
      expect(outcome(again)).toEqual(outcome(run({ iterations: 30 })));
    }
  });
});

describe("a checkpoint", () => {
  it("stands between two iterations: those of a run are handed out every so many, the last one is in the result", () => {
    for (const name of names) {
      const run = runs[name]!;
      expect(checkpointsOf(run, 7).map(({ iterations }) => iterations)).toEqual([7, 14, 21, 28]);
      expect(run({ iterations: 21 }).checkpoint).toEqual(checkpointsOf(run, 7)[2]);
    }
  });

  it("is not changed by a resumption, which has arrays of its own", () => {
    for (const name of names) {
      const { checkpoint } = runs[name]!({ iterations: 13 });
      const copy = structuredClone(checkpoint);
      const again = runs[name]!({ iterations: 20, resume: checkpoint });
      expect(checkpoint).toEqual(copy);
      const shared = Object.values(again.checkpoint.arrays).map(({ buffer }) => buffer);
      for (const { buffer } of Object.values(checkpoint.arrays)) expect(shared).not.toContain(buffer);
    }
  });

  it("of a run that met its tolerance ends there again, and goes on with a smaller one", () => {
    for (const overRelaxation of [1, 1.95]) {
      const options = { ...plain, beta: 2, overRelaxation, iterations: 300 };
      const settled = nmf(x, { ...options, tolerance: 1e-3 });
      expect(settled.stop).toBe("tolerance");
      expect(settled.iterations).toBeLessThan(200);
      const again = nmf(x, { ...options, tolerance: 1e-3, resume: settled.checkpoint });
      expect(outcome(again)).toEqual(outcome(settled));
      const further = nmf(x, { ...options, tolerance: 0, resume: settled.checkpoint });
      const straight = nmf(x, { ...options, tolerance: 0 });
      expect(further.cost).toEqual(straight.cost);
      expect(further.dictionary.data).toEqual(straight.dictionary.data);
    }
  });

  it("keeps count of the comparisons with the tolerance", () => {
    const options = { ...plain, tolerance: 3e-3, iterations: 300 };
    const straight = nmf(x, options);
    expect(straight.stop).toBe("tolerance");
    expect(straight.iterations).toBeGreaterThan(20);
    // between two comparisons, so that the next one looks back past the interruption
    const { checkpoint } = nmf(x, { ...options, iterations: straight.iterations - 4 });
    expect(outcome(nmf(x, { ...options, resume: checkpoint }))).toEqual(outcome(straight));
  });

  it("of as many iterations as are asked for, or more, is returned as it is", () => {
    const part = nmf(x, { ...plain, iterations: 13 });
    for (const iterations of [13, 5]) {
      const again = nmf(x, { ...plain, iterations, resume: part.checkpoint });
      expect(outcome(again)).toEqual(outcome(part));
    }
  });

  it("of an over-relaxed run can be resumed plainly: the cost never rises", () => {
    const { checkpoint } = nmf(x, { ...plain, beta: 2, overRelaxation: 1.95, iterations: 1 });
    const { cost, checkpoint: last } = nmf(x, { ...plain, beta: 2, iterations: 40, resume: checkpoint });
    expect(last.relaxation[0]).toBe(1);
    expect(cost).toHaveLength(41);
    // the step that was not judged counts as it is
    for (let i = 2; i < cost.length; i++) expect(cost[i]!).toBeLessThanOrEqual(cost[i - 1]! * (1 + 1e-6));
  });

  it("has plain data in the precision of the run", () => {
    for (const [precision, Floats] of [
      ["float32", Float32Array],
      ["float64", Float64Array],
    ] as const) {
      const { checkpoint } = nmf(x, { ...plain, precision, iterations: 3 });
      expect(checkpoint).toMatchObject({
        method: `nmf of 21 frames and 17 bins, 4 components of 1, beta 1, ${precision}`,
        iterations: 3,
        checked: [0, checkpoint.cost[0]],
      });
      expect(Object.keys(checkpoint.arrays).sort()).toEqual(["activations", "dictionary"]);
      for (const values of Object.values(checkpoint.arrays)) expect(values).toBeInstanceOf(Floats);
      expect(structuredClone(checkpoint)).toEqual(checkpoint);
    }
  });
});

describe("resuming is refused", () => {
  const { checkpoint } = nmf(x, { ...plain, iterations: 5 });
  const without = (name: string) =>
    Object.fromEntries(Object.entries(checkpoint.arrays).filter(([key]) => key !== name)) as Record<string, FloatArray>;
  const narrower = { rows: 21, columns: 16, data: x.data.subarray(0, 21 * 16) };

  test.each<[string, () => unknown, RegExp]>([
    [
      "with another function",
      () => convolutiveNmf(x, { ...patches, resume: checkpoint }),
      /resume: the checkpoint is one of nmf of 21 frames .*, this run is convolutiveNmf of 21/,
    ],
    [
      "with a function that has another name for it",
      () => nmf(x, { ...plain, resume: convolutiveNmf(x, { ...patches, iterations: 2 }).checkpoint }),
      /the checkpoint is one of convolutiveNmf of .*, this run is nmf of/,
    ],
    [
      "with other components",
      () => nmf(x, { ...plain, components: 5, resume: checkpoint }),
      /one of .* 4 components of 1.*, this run is .* 5 components of 1/,
    ],
    [
      "with other data",
      () => nmf(narrower, { ...plain, resume: checkpoint }),
      /one of nmf of 21 frames and 17 bins.*, this run is nmf of 21 frames and 16 bins/,
    ],
    [
      "with longer patches",
      () =>
        convolutiveNmf(x, {
          ...patches,
          templateFrames: 4,
          resume: convolutiveNmf(x, { ...patches, iterations: 2 }).checkpoint,
        }),
      /one of .* 3 components of 3.*, this run is .* 3 components of 4/,
    ],
    [
      "in another precision",
      () => nmf(x, { ...plain, precision: "float64", resume: checkpoint }),
      /float32, this run is .* float64/,
    ],
    [
      "without one of the factors",
      () => nmf(x, { ...plain, resume: { ...checkpoint, arrays: without("activations") } }),
      /the checkpoint has nothing for activations/,
    ],
    [
      "at another divergence",
      () => nmf(x, { ...plain, beta: 2, resume: checkpoint }),
      /beta 1, float32, this run is .* beta 2, float32/,
    ],
    ["from several starts", () => nmf(x, { ...plain, starts: 2, resume: checkpoint }), /checkpoints are of one start/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

import { describe, expect, it, test } from "vitest";
import { type Matrix, row, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { openFile } from "../../src/formats/file.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import {
  type DescentOptions,
  type DescentSetting,
  descend,
  descentDefaults,
  type UpdateRule,
} from "../../src/separation/descent.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { type NmfOptions, nmf } from "../../src/separation/nmf.ts";
import { magnitude, stft } from "../../src/signal/stft.ts";
import { sharedPath, testWithShared } from "../shared.ts";

/** One number x with the cost x^2; `factorOf` says what a step multiplies it by. */
function oneNumber(factorOf: (relaxation: number) => number, first = 1) {
  const x = Float64Array.of(first);
  const calls = { prepared: [] as boolean[], relaxations: [] as number[], restored: 0, costs: 0 };
  const rule: UpdateRule = {
    prepare: (withCost) => {
      calls.prepared.push(withCost);
      return withCost ? x[0]! ** 2 : Number.NaN;
    },
    update: (relaxation) => {
      calls.relaxations.push(relaxation);
      x[0]! *= factorOf(relaxation);
    },
    cost: () => {
      calls.costs++;
      return x[0]! ** 2;
    },
    state: { x },
    restored: () => {
      calls.restored++;
    },
  };
  const run = (options: DescentOptions = {}, setting: Partial<DescentSetting> = {}) =>
    descend(rule, { ...descentDefaults, tolerance: 0, ...options }, { method: "test", ...setting });
  return { x, calls, rule, run };
}

const halve = () => oneNumber(() => 0.5);
const powers = (count: number) => Array.from({ length: count }, (_, i) => 0.25 ** i);

describe("descend", () => {
  it("lists the cost before the first iteration and after each, from work that the update does anyway", () => {
    const { x, calls, run } = halve();
    const result = run({ iterations: 5 });
    expect(result).toMatchObject({ cost: powers(6), stop: "iterations", iterations: 5 });
    expect(x[0]).toBe(1 / 32);
    expect(calls).toEqual({ prepared: Array(5).fill(true), relaxations: Array(5).fill(1), restored: 0, costs: 1 });
  });

  it("does nothing in 0 iterations but computes the cost", () => {
    const { x, calls, run } = halve();
    expect(run({ iterations: 0 })).toMatchObject({ cost: [1], stop: "iterations", iterations: 0 });
    expect(x[0]).toBe(1);
    expect(calls.prepared).toEqual([]);
  });

  it("computes the cost every so many iterations and at the end", () => {
    const { calls, run } = halve();
    const cost = run({ iterations: 7, costEvery: 3 }).cost;
    expect(cost).toEqual([0, 3, 6, 7].map((i) => 0.25 ** i));
    expect(calls.prepared).toEqual([true, false, false, true, false, false, true]);
  });

  it("calls back with each iteration's number and the last cost that was computed", () => {
    const seen: [number, number][] = [];
    halve().run({ iterations: 4, costEvery: 2, onIteration: (iteration, cost) => seen.push([iteration, cost]) });
    expect(seen).toEqual([
      [1, 1],
      [2, 1],
      [3, 0.25 ** 2],
      [4, 0.25 ** 2],
    ]);
  });

  test.each([
    { costEvery: 1, compared: 10 },
    { costEvery: 4, compared: 12 },
    { costEvery: 7, compared: 14 },
  ])(
    "compares costs at least ten iterations apart with the first one: costEvery $costEvery",
    ({ costEvery, compared }) => {
      // cost 0.9^n: the share lost between two comparisons is known
      const decay = () => oneNumber(() => Math.sqrt(0.9));
      const lost = (from: number) => 0.9 ** from - 0.9 ** (from + compared);
      for (const comparisons of [1, 2, 5]) {
        const at = comparisons * compared;
        const stopped = decay().run({ iterations: 500, costEvery, tolerance: 1.001 * lost(at - compared) });
        expect(stopped).toMatchObject({ stop: "tolerance", iterations: at });
        expect(stopped.cost).toHaveLength(at / costEvery + 1);
        expect(stopped.cost.at(-1)).toBeCloseTo(0.9 ** at, 12);
        const later = decay().run({ iterations: 500, costEvery, tolerance: 0.999 * lost(at - compared) });
        expect(later.iterations).toBe(at + compared);
      }
    },
  );

  it("never stops at tolerance 0, even where the cost stands still", () => {
    expect(oneNumber(() => 1).run({ iterations: 50 })).toMatchObject({ stop: "iterations", iterations: 50 });
  });

  it("measures the tolerance by the size of a first cost that is negative", () => {
    const { rule } = oneNumber(() => Math.sqrt(0.9));
    const shifted = {
      ...rule,
      prepare: (withCost: boolean) => rule.prepare(withCost) - 3,
      cost: () => rule.cost() - 3,
    };
    const run = (tolerance: number) =>
      descend(shifted, { ...descentDefaults, iterations: 15, tolerance }, { method: "test" });
    // 1 - 0.9^10 of 2
    expect(run(0.5 * (1 - 0.9 ** 10) * 1.001)).toMatchObject({ stop: "tolerance", iterations: 10 });
  });

  it("stops between two iterations when told to, or before the first", () => {
    const stopper = new AbortController();
    const onIteration = (iteration: number) => {
      if (iteration === 4) stopper.abort();
    };
    const stopped = halve().run({ signal: stopper.signal, onIteration });
    expect(stopped).toMatchObject({ stop: "aborted", iterations: 4, cost: powers(5) });
    expect(halve().run({ signal: stopper.signal })).toMatchObject({ stop: "aborted", iterations: 0, cost: [1] });
  });

  it("stops when the time is up, with the cost so far", () => {
    const wait = () => {
      const start = performance.now();
      while (performance.now() - start < 30);
    };
    const stopped = halve().run({ maxSeconds: 0.02, onIteration: wait });
    expect(stopped.stop).toBe("time");
    expect(stopped.iterations).toBeLessThanOrEqual(1);
    expect(stopped.cost).toEqual(powers(stopped.iterations + 1));
    expect(halve().run({ maxSeconds: 3600, iterations: 3 }).stop).toBe("iterations");
  });

  it("hands out checkpoints that later iterations do not change", () => {
    const seen: [number, number][] = [];
    const kept: Float64Array[] = [];
    halve().run({
      iterations: 7,
      checkpointEvery: 3,
      onCheckpoint: ({ iterations, arrays, cost }) => {
        seen.push([iterations, cost.length]);
        kept.push(arrays.x as Float64Array);
      },
    });
    expect(seen).toEqual([
      [3, 3],
      [6, 6],
    ]);
    expect(kept.map((values) => values[0])).toEqual([1 / 8, 1 / 64]);
  });
});

describe("over-relaxation", () => {
  // a step of more than 1.2 times the exponent overshoots, others halve x and more
  const overshooting = () => oneNumber((relaxation) => (relaxation > 1.2 ? -2 : 0.5 / relaxation));

  it("takes a step back that raises the cost, does a plain one, and is bolder only slowly", () => {
    const { calls, run } = overshooting();
    const result = run({ iterations: 6 }, { overRelaxation: 1.5 });
    // 1.5 overshoots, plain; half of the excess times 1.1 still does, plain; half of that times 1.1, twice
    const relaxations = [1.5, 1, 1.275, 1, 1 + 0.1375 * 1.1, 1 + 0.1375 * 1.21];
    expect(calls.relaxations).toBeAllclose(relaxations, { rtol: 1e-12 });
    const expected = [1];
    for (const each of relaxations) expected.push(expected.at(-1)! * (each > 1.2 ? 1 : (0.5 / each) ** 2));
    expect(result.cost).toBeAllclose(expected, { rtol: 1e-12 });
  });

  it("goes no further than allowed", () => {
    const { calls, run } = oneNumber((relaxation) => 0.5 / relaxation);
    run({ iterations: 5 }, { overRelaxation: 1.7 });
    expect(calls.relaxations).toEqual(Array(5).fill(1.7));
  });

  it("returns what it had before where the last step raised the cost; the checkpoint goes on all the same", () => {
    for (const costEvery of [1, 2]) {
      const { x, run } = overshooting();
      const result = run({ costEvery, iterations: costEvery }, { overRelaxation: 1.5 });
      expect(result).toMatchObject({ cost: [1, 1], iterations: costEvery });
      expect(x[0]).toBe(1);
      const { checkpoint } = result;
      expect(checkpoint.arrays.x![0]).toBe((-2) ** costEvery);
      const longer = { costEvery, iterations: 9 };
      const resumed = overshooting().run({ ...longer, resume: checkpoint }, { overRelaxation: 1.5 });
      expect(resumed.cost).toEqual(overshooting().run(longer, { overRelaxation: 1.5 }).cost);
    }
  });

  it("is over where a run is resumed without it", () => {
    // bold steps halve x, plain ones double it
    const rule = () => oneNumber((relaxation) => (relaxation > 1 ? 0.5 : 2));
    const { checkpoint } = rule().run({ iterations: 1 }, { overRelaxation: 1.5 });
    const { x, run } = rule();
    expect(run({ iterations: 3, resume: checkpoint }).cost).toEqual([1, 0.25, 1, 4]);
    expect(x[0]).toBe(2);
  });

  it("compares the cost that is kept with the tolerance", () => {
    // steps of 1 leave x as it is, bolder ones double it: nothing is ever gained
    const stuck = oneNumber((relaxation) => (relaxation > 1 ? 2 : 1));
    const result = stuck.run({ iterations: 50, tolerance: 1e-3 }, { overRelaxation: 1.5 });
    expect(result).toMatchObject({ stop: "tolerance", iterations: 10, cost: Array(11).fill(1) });
    expect(stuck.x[0]).toBe(1);
  });
});

/** Five notes: harmonics of a fundamental that fade after each onset, with noise; 80 frames, 60 bins. */
function music(): Matrix<Float64Array> {
  const random = createRandom("music");
  const dictionary = zeros(5, 60);
  const activations = zeros(5, 80);
  for (let k = 0; k < 5; k++) {
    const spectrum = row(dictionary, k);
    for (let m = 0; m < 60; m++) spectrum[m] = Math.exp(-m / 30) * (m % (k + 4) === 0 ? 1 : 0.02);
    const gains = row(activations, k);
    for (let n = 0; n < 80; n++) gains[n] = random.uniform() < 0.06 ? 1 + random.uniform() : 0.8 * (gains[n - 1] ?? 0);
  }
  const { data } = nmfModel(dictionary, activations);
  return { rows: 80, columns: 60, data: Float64Array.from(data, (value) => (value + 1e-3) * (0.5 + random.uniform())) };
}

const exact = { precision: "float64", tolerance: 0 } as const;
/** Largest step of the cost upwards, as a share of the cost before. */
const largestRise = (cost: readonly number[]) =>
  Math.max(...cost.slice(1).map((value, i) => (value - cost[i]!) / Math.abs(cost[i]!)));

describe("faster orders and steps, on music", () => {
  const data = music();
  const run = (more: Partial<NmfOptions>) => nmf(data, { components: 5, iterations: 100, seed: 1, ...exact, ...more });
  const plain = run({});
  const firstBelow = (cost: readonly number[], level: number) => cost.findIndex((value) => value <= level);

  test.each([0, 0.5, 1, 1.5, 2, 3])("over-relaxed steps never raise the cost at beta %d, wherever they end", (beta) => {
    for (const costEvery of [1, 3]) {
      const cost = run({ beta, overRelaxation: 1.9, costEvery }).cost;
      expect(largestRise(cost)).toBeLessThanOrEqual(1e-9);
      expect(cost.at(-1)!).toBeLessThan(cost[0]!);
      for (const iterations of [1, 2, 3, 4, 5]) {
        expect(largestRise(run({ beta, overRelaxation: 1.9, costEvery, iterations }).cost)).toBeLessThanOrEqual(1e-9);
      }
    }
  });

  it("over-relaxed steps reach the cost of 100 plain iterations in fewer than 75", () => {
    const fast = run({ overRelaxation: 1.5 }).cost;
    const needed = firstBelow(fast, plain.cost.at(-1)!);
    expect(needed).toBeGreaterThan(0);
    expect(needed).toBeLessThan(75);
  });

  it("joint order never raises the cost and ends within 5 % of the alternating one", () => {
    const joint = run({ updateOrder: "joint" }).cost;
    expect(largestRise(joint)).toBeLessThanOrEqual(1e-9);
    expect(joint[0]).toBeCloseTo(plain.cost[0]!, 8);
    expect(joint.at(-1)! / plain.cost.at(-1)!).toBeLessThan(1.05);
  });

  it("dictionary first ends within 5 % of activations first, on another way", () => {
    const reversed = run({ updateOrder: "wh" }).cost;
    expect(reversed[1]).not.toBeCloseTo(plain.cost[1]!, 3);
    expect(reversed.at(-1)! / plain.cost.at(-1)!).toBeLessThan(1.05);
  });
});

describe("the cost never rises", () => {
  const betas = [-1, 0, 0.5, 1, 1.5, 2, 3];

  /** Every rule that is a majorization-minimization, in double precision. */
  function expectMonotone(x: Matrix, beta: number, floor: number): void {
    const common = { beta, floor, seed: 2, ...exact };
    for (const updateOrder of ["hw", "wh", "joint"] as const) {
      if (updateOrder === "joint" && beta !== 1) continue;
      const { cost } = nmf(x, { ...common, components: 4, iterations: 50, updateOrder });
      expect(cost).toHaveLength(51);
      expect(largestRise(cost), `nmf ${updateOrder}`).toBeLessThanOrEqual(1e-9);
      expect(cost.at(-1)!).toBeLessThan(0.9 * cost[0]!);
    }
    const weights = { sparsityActivations: 0.3, sparsityDictionary: 0.2, sparsityScale: "relative" } as const;
    const weighted = nmf(x, { ...common, components: 4, iterations: 50, ...weights });
    expect(largestRise(weighted.cost), "nmf with weights").toBeLessThanOrEqual(1e-9);
    for (const update of ["mm1", "mm2"] as const) {
      for (const templateFrames of [1, 3]) {
        const { cost } = convolutiveNmf(x, { ...common, components: 3, iterations: 30, templateFrames, update });
        expect(cost).toHaveLength(31);
        expect(largestRise(cost), `${update}, T = ${templateFrames}`).toBeLessThanOrEqual(1e-9);
        expect(cost.at(-1)!).toBeLessThan(0.9 * cost[0]!);
      }
    }
  }

  function randomMatrix(name: string, rows: number, columns: number, zeroShare: number): Matrix {
    const random = createRandom(name);
    const data = Float64Array.from({ length: rows * columns }, () =>
      random.uniform() < zeroShare ? 0 : random.uniform() ** 2 + 0.01,
    );
    return { rows, columns, data };
  }

  test.each(betas)("on random data at beta %d", (beta) => {
    for (const [frames, bins] of [
      [33, 21],
      [7, 40],
    ] as const) {
      expectMonotone(randomMatrix(`${frames}`, frames, bins, 0), beta, 0);
    }
  });

  test.each(betas.filter((beta) => beta > 0))("on random data with zeros at beta %d", (beta) => {
    for (const share of [0.3, 0.7]) expectMonotone(randomMatrix(`zeros ${share}`, 30, 23, share), beta, 0);
  });

  for (const beta of betas) {
    testWithShared(`on a bass line with rests of digital silence at beta ${beta}`, async () => {
      const source = await openFile(sharedPath("audio/libnmfd/120_jd_bass_1.wav"));
      try {
        const { channels } = await (await openWav(source)).read(4000, 16000);
        const x = magnitude(stft(channels[0]!, { windowSize: 256, hopSize: 192 }));
        expect(x.data.filter((value) => value === 0).length).toBeGreaterThan(1000);
        expectMonotone(x, beta, beta > 0 ? 0 : 1e-6);
      } finally {
        await source.close();
      }
    });
  }
});

import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { groupByGuide } from "../../src/separation/grouping.ts";
import { dictionaryMfcc } from "../../src/separation/timbre.ts";
import { groupByTimbreNeighbours, type TimbreNeighbourOptions } from "../../src/separation/timbreNeighbours.ts";
import { bright, dark, frame, fromRows, permuted } from "./timbreSpectra.ts";

const frames = 200;
const noise = (seed: number) => {
  const random = createRandom(seed);
  return Float64Array.from({ length: frames }, () => random.normal());
};
const add = (a: Float64Array, gain: number, b: Float64Array) => a.map((value, n) => value + gain * b[n]!);

// dark components are 0, 2, 4, 6; the guide is seen in two of them only
const target = noise(100);
const dictionary = fromRows([dark(0), bright(0), dark(1), bright(1), dark(2), bright(2), dark(3), bright(3)]);
const activations = fromRows(
  Array.from({ length: 8 }, (_, k) => (k === 0 || k === 4 ? add(noise(k), 1, target) : noise(k))),
);
const factors = { dictionary, activations };
const guide = fromRows([target, noise(101)]);

describe("groupByTimbreNeighbours", () => {
  it("finds all components of a timbre of which some follow the guide", () => {
    const { attended, rest } = groupByTimbreNeighbours(factors, guide, frame);
    expect([attended, rest]).toEqual([
      [0, 2, 4, 6],
      [1, 3, 5, 7],
    ]);
    expect(groupByGuide(activations, guide, { attendedComponents: 4 }).attended).not.toEqual(attended);
  });

  it("is groupByGuide without smoothing and threshold", () => {
    for (const pooling of ["mean", "best", "positive"] as const) {
      const common = { attendedComponents: 3, pooling, guideWeights: [0.4, 0.2] };
      const plain = groupByGuide(activations, guide, common);
      const { evidence, ...found } = groupByTimbreNeighbours(factors, guide, {
        ...frame,
        ...common,
        smoothing: 0,
        threshold: 0,
      });
      expect(found).toEqual(plain);
      expect(evidence).toEqual(plain.correlations);
    }
  });

  it("mixes each component's evidence with that of its neighbours, by the formula", () => {
    const { correlations, evidence } = groupByTimbreNeighbours(factors, guide, {
      ...frame,
      smoothing: 0.6,
      bandwidth: 0.5,
    });
    const mfcc = dictionaryMfcc(dictionary, frame);
    const distance = (i: number, j: number) => Math.hypot(...row(mfcc, i).map((value, c) => value - row(mfcc, j)[c]!));
    const pairs: number[] = [];
    for (let i = 0; i < 8; i++) for (let j = 0; j < i; j++) pairs.push(distance(i, j));
    pairs.sort((a, b) => a - b);
    const width = 0.5 * ((pairs[13]! + pairs[14]!) / 2);
    const expected = Array.from(correlations, (own, i) => {
      const affinities = Array.from({ length: 8 }, (_, j) => Math.exp(-(distance(i, j) ** 2) / (2 * width ** 2)));
      const total = affinities.reduce((sum, affinity) => sum + affinity, 0);
      const mean = affinities.reduce((sum, affinity, j) => sum + affinity * correlations[j]!, 0) / total;
      return 0.4 * own + 0.6 * mean;
    });
    expect(evidence).toBeAllclose(expected, { rtol: 1e-12 });
  });

  it("follows the components if they are in another order", () => {
    const order = [5, 2, 7, 0, 1, 6, 3, 4];
    const plain = groupByTimbreNeighbours(factors, guide, frame);
    const moved = groupByTimbreNeighbours(
      { dictionary: permuted(dictionary, order), activations: permuted(activations, order) },
      guide,
      frame,
    );
    expect(moved.attended.map((k) => order[k]!).sort((a, b) => a - b)).toEqual(plain.attended);
    expect(moved.evidence).toBeAllclose(
      order.map((k) => plain.evidence[k]!),
      { atol: 1e-12 },
    );
  });

  it("does not depend on the scale of any row", () => {
    const scaled = ({ rows, columns, data }: Matrix): Matrix => ({
      rows,
      columns,
      data: Float64Array.from(data, (value, i) => value * 10 ** (3 * Math.cos(Math.floor(i / columns)))),
    });
    const plain = groupByTimbreNeighbours(factors, guide, frame);
    const other = groupByTimbreNeighbours(
      { dictionary: scaled(dictionary), activations: scaled(activations) },
      scaled(guide),
      frame,
    );
    expect(other.attended).toEqual(plain.attended);
    expect(other.evidence).toBeAllclose(plain.evidence, { atol: 1e-12 });
  });

  it("gives all components the mean evidence if the kernel is wide, and leaves nothing out then", () => {
    const { correlations, evidence, attended } = groupByTimbreNeighbours(factors, fromRows([noise(7).fill(1)]), frame);
    expect([...correlations, ...evidence]).toEqual(new Array(16).fill(0));
    expect(attended).toHaveLength(8);
    const wide = groupByTimbreNeighbours(factors, guide, { ...frame, smoothing: 1, bandwidth: 1e9 });
    const mean = wide.correlations.reduce((sum, value) => sum + value, 0) / 8;
    expect(wide.evidence).toBeAllclose(new Float64Array(8).fill(mean), { rtol: 1e-12 });
  });

  it("takes at most as many as asked for, those of highest evidence", () => {
    const take = (attendedComponents: number, threshold: number) =>
      groupByTimbreNeighbours(factors, guide, { ...frame, attendedComponents, threshold }).attended;
    const { evidence } = groupByTimbreNeighbours(factors, guide, frame);
    const order = Array.from(evidence.keys()).sort((a, b) => evidence[b]! - evidence[a]!);
    expect(take(2, 0.7)).toEqual(order.slice(0, 2).sort((a, b) => a - b));
    expect(take(6, 0)).toEqual(order.slice(0, 6).sort((a, b) => a - b));
    expect(take(6, 0.7)).toEqual([0, 2, 4, 6]);
    expect([take(0, 0), take(8, 1)]).toEqual([[], order.slice(0, 1)]);
  });

  it("keeps silent components out: neither neighbours nor attended", () => {
    const silent = {
      dictionary: fromRows([
        ...Array.from({ length: 8 }, (_, k) => row(dictionary, k)),
        new Float64Array(257),
        dark(1),
      ]),
      activations: fromRows([...Array.from({ length: 8 }, (_, k) => row(activations, k)), target, target.map(() => 0)]),
    };
    const plain = groupByTimbreNeighbours(factors, guide, frame);
    const more = groupByTimbreNeighbours(silent, guide, frame);
    expect(more.attended).toEqual(plain.attended);
    expect(more.rest).toEqual([...plain.rest, 8, 9]);
    expect(more.evidence.subarray(0, 8)).toEqual(plain.evidence);
  });

  it("has neighbours of exactly the same timbre only, where most pairs are that", () => {
    const same = {
      dictionary: fromRows([dark(0), dark(0), dark(0), dark(0), bright(0)]),
      activations: permuted(activations, [0, 1, 2, 3, 4]),
    };
    const { correlations, evidence } = groupByTimbreNeighbours(same, guide, { ...frame, smoothing: 1 });
    const mean = correlations.subarray(0, 4).reduce((sum, value) => sum + value, 0) / 4;
    expect(evidence).toBeAllclose([mean, mean, mean, mean, correlations[4]!], { rtol: 1e-12 });
  });

  test.each<[string, Partial<TimbreNeighbourOptions>, RegExp]>([
    ["smoothing above 1", { smoothing: 1.01 }, /smoothing is 1.01/],
    ["no bandwidth", { bandwidth: 0 }, /bandwidth is 0/],
    ["a negative threshold", { threshold: -0.1 }, /threshold is -0.1/],
    ["more components than there are", { attendedComponents: 9 }, /attendedComponents is 9; .* from 0 to 8/],
    ["one weight for two rows", { guideWeights: [1] }, /groupByTimbreNeighbours: guideWeights has 1 weights/],
    ["a pooling it does not know", { pooling: "median" as "mean" }, /groupByTimbreNeighbours: pooling is "median"/],
  ])("refuses %s", (_, options, message) => {
    expect(() => groupByTimbreNeighbours(factors, guide, { ...frame, ...options })).toThrow(message);
  });

  it("refuses factors that do not belong together", () => {
    expect(() => groupByTimbreNeighbours({ dictionary, activations: guide }, guide, frame)).toThrow(
      /dictionary has 8 components, activations 2/,
    );
  });
});

import { describe, expect, it } from "vitest";
import { row } from "../../src/core/matrix.ts";
import { dictionaryMfcc } from "../../src/separation/timbre.ts";
import { clusterByTimbre } from "../../src/separation/timbreClusters.ts";
import { bright, dark, frame, fromRows, permuted, recordedSpectra } from "./timbreSpectra.ts";

const dictionary = fromRows([dark(0), bright(0), dark(1), bright(1), bright(2), dark(2)]);
const options = { ...frame, clusters: 2 };

describe("clusterByTimbre", () => {
  it("tells two timbres apart, whatever note and level", () => {
    expect(clusterByTimbre(dictionary, options).clusters).toEqual([
      [0, 2, 5],
      [1, 3, 4],
    ]);
  });

  it("finds the tightest of all partitions", () => {
    const spectra = fromRows([
      ...Array.from({ length: 4 }, (_, k) => row(recordedSpectra(4), k)),
      dark(0),
      bright(0),
      dark(5),
    ]);
    const mfcc = dictionaryMfcc(spectra, frame);
    const inertiaOf = (members: number[]) =>
      Array.from({ length: mfcc.columns }, (_, c) => {
        const values = members.map((k) => row(mfcc, k)[c]!);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      }).reduce((sum, value) => sum + value, 0);
    const all = Array.from({ length: 7 }, (_, k) => k);
    let least = Infinity;
    for (let code = 0; code < 3 ** 7; code++) {
      const label = (k: number) => Math.floor(code / 3 ** k) % 3;
      const parts = [0, 1, 2].map((c) => all.filter((k) => label(k) === c)).filter((part) => part.length > 0);
      least = Math.min(
        least,
        parts.reduce((sum, part) => sum + inertiaOf(part), 0),
      );
    }
    const found = clusterByTimbre(spectra, { ...frame, clusters: 3 });
    expect(found.inertia).toBeCloseTo(least, 8);
    expect(found.clusters.reduce((sum, part) => sum + inertiaOf(part), 0)).toBeCloseTo(least, 8);
  });

  it("gives the same clusters for the same seed", () => {
    expect(clusterByTimbre(dictionary, { ...options, clusters: 4, starts: 1, seed: 3 })).toEqual(
      clusterByTimbre(dictionary, { ...options, clusters: 4, starts: 1, seed: 3 }),
    );
  });

  it("follows the components if they are in another order", () => {
    const order = [4, 0, 5, 1, 3, 2];
    const { clusters } = clusterByTimbre(permuted(dictionary, order), options);
    const named = clusters.map((members) => members.map((k) => order[k]!).sort((a, b) => a - b));
    expect(named.sort((a, b) => a[0]! - b[0]!)).toEqual(clusterByTimbre(dictionary, options).clusters);
  });

  it("makes no more clusters than there are timbres, and none of silent components", () => {
    const few = fromRows([dark(0), new Float64Array(257), dark(0).map((value) => 4 * value), bright(0)]);
    expect(clusterByTimbre(few, { ...frame, clusters: 9 })).toEqual({
      clusters: [[0, 2], [3]],
      silent: [1],
      inertia: 0,
    });
    const silence = fromRows([new Float64Array(257)]);
    expect(clusterByTimbre(silence, frame)).toEqual({ clusters: [], silent: [0], inertia: 0 });
  });

  it("refuses no cluster and no start", () => {
    expect(() => clusterByTimbre(dictionary, { ...frame, clusters: 0 })).toThrow(/clusters is 0/);
    expect(() => clusterByTimbre(dictionary, { ...frame, starts: 0 })).toThrow(/starts is 0/);
  });
});

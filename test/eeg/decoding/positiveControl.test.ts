import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { decideAttention, summariseDecisions } from "../../../src/eeg/decoding/attentionDecision.ts";
import { decisionCurve } from "../../../src/eeg/decoding/decisionCurve.ts";
import { positiveControl } from "../../../src/eeg/decoding/positiveControl.ts";
import { simulateEeg } from "../../../src/eeg/decoding/simulateEeg.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { createFft } from "../../../src/numeric/fft.ts";

const rateHz = 32;

/** Positive, smoothed noise, as envelopes are. */
function envelopes(name: string, count: number, samples: number): Float64Array[] {
  const random = createRandom(name);
  return Array.from({ length: count }, () => {
    let level = 0;
    return Float64Array.from({ length: samples }, () => {
      level = 0.8 * level + random.normal();
      return Math.abs(level);
    });
  });
}

const trials = Array.from({ length: 12 }, (_, t) => ({
  candidates: envelopes(`trial ${t}`, 2, 640).map((row) => [row]),
  attended: t % 2,
}));

const power = (rows: readonly Float64Array[]) =>
  rows.reduce((sum, row) => sum + row.reduce((own, value) => own + value * value, 0), 0);

describe("simulateEeg", () => {
  it("has the signal-to-noise ratio asked for and adds up", () => {
    for (const snrDb of [-20, 0, 7]) {
      const [made] = simulateEeg([envelopes("snr", 2, 500)], { rateHz, snrDb, channels: 5 });
      expect(10 * Math.log10(power(made!.response) / power(made!.noise))).toBeCloseTo(snrDb, 9);
      for (const [c, row] of made!.eeg.entries()) {
        expect(row).toBeAllclose(
          made!.response[c]!.map((value, i) => value + made!.noise[c]![i]!),
          { atol: 1e-15 },
        );
      }
    }
  });

  it("has noise whose power falls as 1/f", () => {
    const samples = 4096;
    const [made] = simulateEeg([envelopes("pink", 1, samples)], { rateHz, channels: 32, snrDb: -Infinity });
    expect(power(made!.response)).toBe(0);
    const fft = createFft(samples);
    const spectrum = new Float64Array(fft.bins);
    const [real, imag] = [new Float64Array(fft.bins), new Float64Array(fft.bins)];
    for (const row of made!.noise) {
      fft.forwardReal(row, real, imag);
      for (let k = 0; k < fft.bins; k++) spectrum[k]! += real[k]! ** 2 + imag[k]! ** 2;
    }
    const band = (from: number) => spectrum.subarray(from, 2 * from).reduce((sum, value) => sum + value, 0);
    // Every octave has the same power; 64 and more bins, of 32 channels that share latent noise.
    for (const from of [64, 128, 256, 512, 1024]) {
      expect(Math.abs(10 * Math.log10(band(from) / band(64)))).toBeLessThan(1);
    }
    expect(spectrum[0]! / spectrum[1]!).toBeLessThan(1e-20);
  });

  it("follows the stimulus by one response for all trials, nothing before it", () => {
    const stimuli = [0, 1, 2].map((t) => envelopes(`response ${t}`, 1, 1500));
    const made = simulateEeg(stimuli, { rateHz, channels: 2, snrDb: 80 });
    const model = trainTrf(made, {
      direction: "forward",
      rateHz,
      minLagSeconds: -0.1,
      maxLagSeconds: 0.5,
      lambda: 1e-6,
    });
    const peak = Math.max(...model.weights[0]!.map(Math.abs));
    for (const [i, seconds] of model.lagSeconds.entries()) {
      if (seconds < 0 || seconds > 0.36) expect(Math.abs(model.weights[0]![i]!) / peak).toBeLessThan(0.02);
    }
  });

  it("is the same with the same seed, and refuses constant features", () => {
    const stimuli = [envelopes("seed", 1, 100)];
    expect(simulateEeg(stimuli, { rateHz, seed: 2 })).toEqual(simulateEeg(stimuli, { rateHz, seed: 2 }));
    expect(() => simulateEeg([[new Float64Array(100)]], { rateHz })).toThrow("feature 0 of trial 0 is constant");
    expect(() => simulateEeg([], { rateHz })).toThrow("no features");
  });
});

describe("positiveControl", () => {
  it("passes its bar, with chance, interval and p-value, and its decoding rises with the window", () => {
    const control = positiveControl(trials, { rateHz });
    expect(control).toMatchObject({ passed: true, count: 12, chance: 0.5, bar: 0.9 });
    expect(control.accuracy).toBeGreaterThanOrEqual(0.9);
    expect(control.pValue).toBeLessThan(0.01);
    const { points } = decisionCurve(control.decoded, { rateHz, windowSeconds: [1, "trial"] });
    expect(points[1]!.accuracy).toBeGreaterThan(points[0]!.accuracy);
  });

  it("does not pass on noise alone", () => {
    for (const seed of [0, 1, 2, 3, 4]) {
      const control = positiveControl(trials, { rateHz, snrDb: -Infinity, seed });
      expect(control.passed).toBe(false);
      expect(control.interval.low).toBeLessThan(0.5);
    }
  });

  it("with random labels stays within the binomial interval of chance in about 95 of 100 runs of 200", () => {
    // Decoding is real and good; only which source was attended to is drawn anew.
    const many = Array.from({ length: 40 }, (_, t) => ({
      candidates: [0, 1].map((s) => envelopes(`${t} ${s}`, 1, 160)),
    }));
    const { decoded } = positiveControl(
      many.map((trial) => ({ ...trial, attended: 0 })),
      { rateHz, snrDb: 0, channels: 4 },
    );
    const decided = decoded.map((trial) => decideAttention(trial.decoded, trial.candidates).decided);
    expect(decided.filter((source) => source === 0).length).toBeGreaterThan(30);
    const random = createRandom("random labels");
    let outside = 0;
    for (let run = 0; run < 200; run++) {
      const outcomes = decided.map((source) => ({ correct: source === random.below(2), sources: 2 }));
      const { interval, chance } = summariseDecisions(outcomes);
      if (chance < interval.low || chance > interval.high) outside++;
    }
    // At most 0.05 of 200 are expected; 21 or more have probability 1e-3.
    expect(outside).toBeLessThan(21);
  });

  it("does not pass with too few trials to tell from chance, or with sources that are the same", () => {
    expect(positiveControl(trials.slice(0, 3), { rateHz, snrDb: 10 })).toMatchObject({ accuracy: 1, passed: false });
    const same = trials.map((trial) => ({ ...trial, candidates: [trial.candidates[0]!, trial.candidates[0]!] }));
    expect(positiveControl(same, { rateHz, snrDb: 10 })).toMatchObject({ accuracy: 0, passed: false });
  });

  it("refuses one trial and a source that is none", () => {
    expect(() => positiveControl(trials.slice(0, 1), { rateHz })).toThrow("1 trials");
    expect(() => positiveControl([trials[0]!, { ...trials[1]!, attended: 2 }], { rateHz })).toThrow("no source 2");
  });
});

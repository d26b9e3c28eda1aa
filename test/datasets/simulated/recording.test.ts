import { describe, expect, it } from "vitest";
import { bandCount } from "../../../datasets/simulated/auditoryFeatures.ts";
import { electrodes } from "../../../datasets/simulated/electrodes.ts";
import { addResponse, createListener } from "../../../datasets/simulated/listener.ts";
import { simulateRecording } from "../../../datasets/simulated/recording.ts";
import { createRandom } from "../../../src/core/random.ts";
import { powerBetween } from "./spectrum.ts";

const rateHz = 128;
const trialSamples = 6 * rateHz;
const noise = createRandom("features");
const features = [3, 2].map((sources) =>
  Array.from({ length: sources }, () =>
    Array.from({ length: bandCount }, () => Float64Array.from({ length: trialSamples }, () => noise.uniform())),
  ),
);
const settings = { eegRateHz: rateHz, trialSamples, snrDb: -10, unattendedGain: 0.3 };
const recording = simulateRecording(features, { ...settings, random: createRandom(1) });

describe("addResponse", () => {
  it("answers an impulse in one band with that band's kernel on that band's pattern", () => {
    const listener = createListener(createRandom(4), rateHz);
    const channels = electrodes.map(() => new Float64Array(200));
    const impulse = Array.from({ length: bandCount }, (_, b) => Float64Array.of(b === 2 ? 1 : 0, 0));
    addResponse(channels, listener, impulse, { startSample: 30, gain: 0.5 });
    electrodes.forEach((_, c) => {
      const expected = new Float64Array(200);
      listener.kernels[2]!.forEach((value, tap) => {
        expected[30 + tap] = 0.5 * value * listener.patterns[2]![c]!;
      });
      expect(channels[c]!).toBeAllclose(expected, { atol: 1e-15 });
    });
  });

  it("has kernels that are 0 at 0 ms, dip at about 100 ms and rise at about 180 ms", () => {
    for (let subject = 0; subject < 20; subject++) {
      for (const kernel of createListener(createRandom(subject), 1000).kernels) {
        const lowest = kernel.indexOf(Math.min(...kernel));
        const highest = lowest + kernel.subarray(lowest).indexOf(Math.max(...kernel.subarray(lowest)));
        expect(Math.abs(kernel[0]!)).toBe(0);
        expect(lowest).toBeGreaterThan(70);
        expect(lowest).toBeLessThan(150);
        expect(highest).toBeGreaterThan(140);
        expect(highest).toBeLessThan(250);
      }
    }
  });
});

describe("simulateRecording", () => {
  it("presents each mixture once per source, one after the other, never on a whole second", () => {
    const pairs = recording.trials.map(({ mixture, target }) => `${mixture}/${target}`);
    expect([...pairs].sort()).toEqual(["0/0", "0/1", "0/2", "1/0", "1/1"]);
    let end = 0;
    for (const { startSample } of recording.trials) {
      expect(startSample - end).toBeGreaterThanOrEqual(2 * rateHz);
      expect(startSample % rateHz).not.toBe(0);
      end = startSample + trialSamples;
    }
    expect(recording.channels[0]!.length - end).toBeGreaterThanOrEqual(2 * rateHz);
    expect(recording.channels[0]!.length % rateHz).toBe(0);
  });

  it("answers attended sources with gain 1 and the others with the given gain, by regression on each source's answer", () => {
    for (const { mixture, target, startSample } of recording.trials) {
      const answers = features[mixture]!.map((source) => {
        const alone = electrodes.map(() => new Float64Array(recording.channels[0]!.length));
        addResponse(alone, recording.listener, source, { startSample, gain: 1 });
        return alone;
      });
      // every channel's samples of this trial stand below each other; the sources explain them all
      const stacked = (channels: readonly Float64Array[]) =>
        Float64Array.from(channels.flatMap((c) => Array.from(c.subarray(startSample, startSample + trialSamples))));
      const gains = leastSquares(answers.map(stacked), stacked(recording.response));
      const expected = features[mixture]!.map((_, s) => recording.responseScale * (s === target ? 1 : 0.3));
      expect(gains).toBeAllclose(expected, { rtol: 1e-9 });
    }
  });

  it("leaves no trace of attention where all sources are answered alike", () => {
    const deaf = simulateRecording(features, { ...settings, unattendedGain: 1, random: createRandom(1) });
    const heard = (mixture: number) =>
      deaf.trials
        .filter((trial) => trial.mixture === mixture)
        .map(({ startSample }) => deaf.response[7]!.slice(startSample, startSample + trialSamples));
    for (const mixture of [0, 1]) {
      const [first, ...others] = heard(mixture);
      for (const other of others) expect(other).toBeAllclose(first!, { atol: 1e-12 * Math.max(...first!) });
    }
  });

  it("has the power ratio asked for, 1 to 8 Hz, by Fourier transform, to within 1 dB", () => {
    const power = (channels: readonly Float64Array[]) =>
      recording.trials.reduce(
        (sum, { startSample: s }) =>
          sum + channels.reduce((p, c) => p + powerBetween(c.slice(s, s + trialSamples), rateHz, 1, 8), 0),
        0,
      );
    const decibels = 10 * Math.log10(power(recording.response) / power(recording.background));
    expect(Math.abs(decibels + 10)).toBeLessThan(1);
  });

  it("is the sum of response and background, and silent in response between trials", () => {
    recording.channels.forEach((channel, c) => {
      const sum = recording.response[c]!.map((value, n) => value + recording.background[c]![n]!);
      expect(channel).toEqual(sum);
      expect(recording.response[c]!.subarray(0, recording.trials[0]!.startSample).every((v) => v === 0)).toBe(true);
    });
  });

  it("scales the response alone when the ratio changes: 20 dB are a factor of 10", () => {
    const louder = simulateRecording(features, { ...settings, snrDb: 10, random: createRandom(1) });
    expect(louder.background).toEqual(recording.background);
    expect(louder.responseScale / recording.responseScale).toBeCloseTo(10, 9);
  });
});

/** Solves min |A x - b| for a few columns by the normal equations. */
function leastSquares(columns: Float64Array[], b: Float64Array): number[] {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const rows = columns.map((a) => [...columns.map((other) => dot(a, other)), dot(a, b)]);
  for (let p = 0; p < rows.length; p++) {
    for (let r = 0; r < rows.length; r++) {
      if (r === p) continue;
      const factor = rows[r]![p]! / rows[p]![p]!;
      rows[r] = rows[r]!.map((value, c) => value - factor * rows[p]![c]!);
    }
  }
  return rows.map((values, r) => values.at(-1)! / values[r]!);
}

import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import type { EegSignal } from "../../src/eeg/eegSignal.ts";
import { fitOcular, removeOcular } from "../../src/eeg/ocularRegression.ts";

const weights = [
  [0.4, -0.1],
  [0.2, 0.05],
  [0, 0.3],
];

/** Three EEG channels: brain, offsets, and known parts of two eye channels. */
function recording(seed: number, { brain = 1, samples = 4000 } = {}): { eeg: EegSignal; clean: Float64Array[] } {
  const random = createRandom(seed);
  const noise = (size: number) => Float64Array.from({ length: samples }, () => size * random.normal());
  const eyes = [noise(100).map((x) => x + 30), noise(60)];
  const clean = weights.map((_, c) => noise(5 * brain).map((x) => x + c));
  const mixed = clean.map((channel, c) =>
    channel.map((x, i) => x + weights[c]![0]! * eyes[0]![i]! + weights[c]![1]! * eyes[1]![i]!),
  );
  return { eeg: { names: ["Fz", "Cz", "Pz", "V", "H"], rateHz: 100, channels: [...mixed, ...eyes] }, clean };
}

const options = { eog: ["V", "H"] };

describe("fitOcular", () => {
  it("finds the parts exactly where there is nothing else, whatever the offsets of each signal", () => {
    const signals = [1, 2].map((seed) => {
      const { eeg } = recording(seed, { brain: 0 });
      return { ...eeg, channels: eeg.channels.map((channel) => channel.map((x) => x + 1000 * seed)) };
    });
    const model = fitOcular(signals, options);
    expect(model.coefficients.data).toBeAllclose(weights.flat(), { atol: 1e-11 });
    expect(model.channels).toEqual(["Fz", "Cz", "Pz"]);
    expect(model.trainingSamples).toBe(8000);
  });

  it("leaves no correlation with the eyes in what it was fitted on", () => {
    const { eeg } = recording(3);
    const { control } = removeOcular(eeg, fitOcular([eeg], options));
    expect(control).toHaveLength(6);
    for (const { after } of control) expect(Math.abs(after)).toBeLessThan(1e-10);
    expect(control[0]).toMatchObject({ channel: "Fz", eog: "V" });
    expect(control[0]!.before).toBeGreaterThan(0.9);
  });

  it("leaves little in other signals, and the brain's part as it was", () => {
    const model = fitOcular([recording(3).eeg, recording(4).eeg], options);
    const { eeg, clean } = recording(5);
    const { signal, control } = removeOcular(eeg, model);
    for (const { after } of control) expect(Math.abs(after)).toBeLessThan(0.06);
    for (const c of [0, 1, 2]) {
      const offset = weights[c]![0]! * model.eogMean[0]! + weights[c]![1]! * model.eogMean[1]!;
      const error = signal.channels[c]!.map((x, i) => x - clean[c]![i]! - offset);
      expect(Math.hypot(...error) / Math.hypot(...clean[c]!)).toBeLessThan(0.05);
    }
    expect(signal.channels.slice(3)).toEqual(eeg.channels.slice(3));
  });

  it("does not look at excluded spans", () => {
    const { eeg } = recording(6, { brain: 0 });
    const spoilt = {
      ...eeg,
      channels: eeg.channels.map((channel, c) => channel.map((x, i) => (i < 500 && c < 3 ? 1e6 * Math.sin(i) : x))),
    };
    const model = fitOcular([spoilt], { ...options, excludeSpans: [[{ startSeconds: 0, endSeconds: 5 }]] });
    expect(model.coefficients.data).toBeAllclose(weights.flat(), { atol: 1e-11 });
  });

  const { eeg } = recording(1, { samples: 40 });
  test.each([
    [[], options, /no training signals/],
    [[eeg], { eog: ["X"] }, /no channel is called "X"/],
    [[eeg, { ...eeg, names: ["a", "b", "c", "V", "H"] }], options, /signal 1 has other channels/],
    [[recording(1, { samples: 19 }).eeg], options, /19 samples for 2 eye channels/],
    [[{ ...eeg, channels: [...eeg.channels.slice(0, 4), eeg.channels[3]!] }], options, /eye channel "H" is/],
  ])("refuses what cannot be fitted (%#)", (signals, given, message) => {
    expect(() => fitOcular(signals, given)).toThrow(message);
  });
});

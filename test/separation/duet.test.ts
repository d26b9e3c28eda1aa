import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { openFile } from "../../src/formats/file.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { bssEvalSources } from "../../src/metrics/bssEval.ts";
import { duet, duetDefaults } from "../../src/separation/duet.ts";
import { duetSources } from "../../src/separation/duetMasks.ts";
import type { DuetMixing } from "../../src/separation/duetPeaks.ts";
import { duetRegionMask } from "../../src/separation/duetRegionMask.ts";
import { applyMask } from "../../src/separation/masks.ts";
import { istft, type Stft, stft } from "../../src/signal/stft.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { disjointMixture } from "./duetMixture.ts";

const added = (signals: Float64Array[]) =>
  Float64Array.from(signals[0]!, (_, i) => signals.reduce((sum, signal) => sum + signal[i]!, 0));

/** What the right channel hears of each source, by whole samples. */
const heardRight = (sources: Float64Array[], mixings: DuetMixing[]) =>
  sources.map((source, j) => source.map((_, i) => mixings[j]!.ratio * (source[i - mixings[j]!.delay] ?? 0)));

/** Share of a source's energy that its mask lets through. */
function kept({ real, imag }: Stft, mask: { data: Float64Array }): number {
  const energy = (weight: (i: number) => number) =>
    real.reduce((sum, value, i) => sum + weight(i) * (value ** 2 + imag[i]! ** 2), 0);
  return energy((i) => mask.data[i]!) / energy(() => 1);
}

const random = createRandom("duet signals");
const samples = 16_384;
/** Harmonics that fall as in a voice. */
const voice = (period: number, harmonics: number) =>
  Float64Array.from({ length: samples }, (_, i) => {
    let sum = 0;
    for (let h = 1; h <= harmonics; h++) sum += Math.cos((2 * Math.PI * h * i) / period + h * h) / h;
    return sum;
  });
/** Noise that sounds in every other stretch of 2048 samples, faded, with a pause longer than a window between the two. */
const bursts = (first: boolean) =>
  Float64Array.from({ length: samples }, (_, i) => {
    const place = (i + (first ? 0 : 2048)) % 4096;
    return place < 1024 ? Math.sin((Math.PI * place) / 1024) * random.normal() : 0;
  });
const tone = (cyclesPerSample: number) =>
  Float64Array.from({ length: samples }, (_, i) => Math.sin(2 * Math.PI * cyclesPerSample * i));

describe("duet", () => {
  test.each<{ name: string; sources: Float64Array[]; mixings: DuetMixing[]; windowSize: number }>([
    {
      // harmonics at least 0.2 / 200 cycles a sample apart: 4 bins of 4096 points, the width of a Hann window's main lobe
      name: "two voices",
      sources: [voice(200, 5), voice(125, 3)],
      mixings: [
        { ratio: 0.6, delay: 2 },
        { ratio: 1.5, delay: -1 },
      ],
      windowSize: 4096,
    },
    {
      name: "bursts of noise in turn",
      sources: [bursts(true), bursts(false)],
      mixings: [
        { ratio: 0.7, delay: 1 },
        { ratio: 1.4, delay: -2 },
      ],
      windowSize: 1024,
    },
    {
      name: "three tones panned by level",
      sources: [tone(0.01), tone(0.05), tone(0.09)],
      mixings: [
        { ratio: 0.5, delay: 0 },
        { ratio: 1, delay: 0 },
        { ratio: 2, delay: 0 },
      ],
      windowSize: 1024,
    },
    {
      name: "three tones panned by time",
      sources: [tone(0.011), tone(0.045), tone(0.092)],
      mixings: [
        { ratio: 1, delay: -3 },
        { ratio: 1, delay: 0 },
        { ratio: 1, delay: 2 },
      ],
      windowSize: 1024,
    },
  ])("finds level and time of $name and keeps 99 % of each in its mask", ({ sources, mixings, windowSize }) => {
    const transform = { windowSize, hopSize: windowSize / 4 };
    const left = stft(added(sources), transform);
    const right = stft(added(heardRight(sources, mixings)), transform);
    const { peaks, masks } = duet(left, right, { sources: sources.length });
    sources.forEach((source, j) => {
      const { ratio, delay } = mixings[j]!;
      const distances = peaks.map((peak) => Math.hypot(peak.ratio - ratio, peak.delay - delay));
      const found = distances.indexOf(Math.min(...distances));
      expect(Math.abs(peaks[found]!.ratio - ratio), `ratio ${peaks[found]!.ratio} of ${ratio}`).toBeLessThan(0.01);
      expect(Math.abs(peaks[found]!.delay - delay), `delay ${peaks[found]!.delay} of ${delay}`).toBeLessThan(0.03);
      expect(kept(stft(source, transform), masks[found]!), `energy of source ${j}`).toBeGreaterThan(0.99);
    });
  });

  it("is histogram, peaks and masks with the options of both, and states the defaults of both", () => {
    const { left, right, owners } = disjointMixture([
      { ratio: 0.5, delay: 0.25 },
      { ratio: 1.5, delay: -0.5 },
    ]);
    const { histogram, peaks, masks } = duet(left, right, { sources: 2, maximumDelay: 0.9, minimumDelayDistance: 0.1 });
    expect(histogram.options).toMatchObject({ maximumDelay: 0.9, delayBins: duetDefaults.delayBins });
    const first = peaks.findIndex(({ delay }) => delay > 0);
    expect(masks[first]!.data).toEqual(Float64Array.from(owners, (owner) => 1 - owner));
  });

  it("refuses more sources than the histogram has peaks, as of the same signal in both channels", () => {
    const left = stft(tone(0.02));
    expect(() => duet(left, left, { sources: 2 })).toThrow(/found 1 of 2 sources/);
  });

  describe("of three loops panned by level and time", () => {
    const mixings = [
      { ratio: 0.5, delay: 2 },
      { ratio: 1, delay: 0 },
      { ratio: 1.8, delay: -2 },
    ];
    const transform = { windowSize: 2048, hopSize: 512 };
    const loops = async () => {
      const sources = await Promise.all(
        ["bass", "drums", "melody"].map(async (name) => {
          const file = await openWav(await openFile(sharedPath(`audio/libnmfd/120_jd_${name}_1.wav`)));
          const { channels } = await file.read(0, 4 * file.rateHz);
          await file.close();
          return channels[0]!;
        }),
      );
      const mixture = added(sources);
      const left = stft(mixture, transform);
      const right = stft(added(heardRight(sources, mixings)), transform);
      const unprocessed = bssEvalSources(
        sources,
        sources.map(() => mixture),
        { filterLength: 32 },
      );
      return { sources, left, right, unprocessed };
    };

    testWithShared("finds the panning and raises the SDR of each above the mixture's", async () => {
      const { sources, left, right, unprocessed } = await loops();
      const found = duet(left, right, { sources: 3 });
      const order = mixings.map(({ ratio }) =>
        found.peaks.reduce(
          (best, peak, j) => (Math.abs(peak.ratio - ratio) < Math.abs(found.peaks[best]!.ratio - ratio) ? j : best),
          0,
        ),
      );
      expect(order.map((j) => found.peaks[j]!.ratio)).toBeAllclose([0.5, 1, 1.8], { rtol: 0.02 });
      expect(order.map((j) => found.peaks[j]!.delay)).toBeAllclose([2, 0, -2], { atol: 0.25 });
      const estimates = duetSources(left, right, found).map(istft);
      const scores = bssEvalSources(
        sources,
        order.map((j) => estimates[j]!),
        { filterLength: 32 },
      );
      scores.sdr.forEach((sdr, j) => {
        expect(sdr).toBeGreaterThan(unprocessed.sdr[j]! + 5);
      });
    });

    testWithShared("gives the melody to a person who selects its region", async () => {
      const { sources, left, right, unprocessed } = await loops();
      const region = { minimumAttenuation: 0.6, maximumAttenuation: 3, minimumDelay: -2.5, maximumDelay: -1.5 };
      const estimate = istft(applyMask(left, duetRegionMask(left, right, region)));
      const { sdr } = bssEvalSources(sources, [sources[0]!, sources[1]!, estimate], { filterLength: 32 });
      expect(sdr[2]).toBeGreaterThan(unprocessed.sdr[2]! + 10);
    });
  });
});

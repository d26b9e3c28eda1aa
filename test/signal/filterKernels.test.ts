import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { butterworth } from "../../src/signal/butterworth.ts";
import { filterSignal } from "../../src/signal/filterSignal.ts";
import { Resampler, resample } from "../../src/signal/resample.ts";
import { CausalFilter, sosFilter, zeroPhaseFilter, zeroPhaseFilterChannels } from "../../src/signal/sosFilter.ts";

const random = createRandom("filterKernels");
const noise = (channels: number, samples: number) =>
  Array.from({ length: channels }, () => Float64Array.from({ length: samples }, () => random.normal()));

const same = (a: Float64Array, b: Float64Array) =>
  expect(Buffer.compare(new Uint8Array(a.slice().buffer), new Uint8Array(b.slice().buffer))).toBe(0);

// One section, two and three; lengths beyond a chunk of kernel memory, even and odd; groups that are not full
const bands = { type: "bandpass", lowHz: 1, highHz: 8, rateHz: 128 } as const;
const designs = [1, 2, 3].map((order) => butterworth({ ...bands, order }));
const sizes = [
  { channels: 2, samples: 20_001 },
  { channels: 7, samples: 8192 },
  { channels: 9, samples: 5003 },
  { channels: 16, samples: 4096 },
];

describe("many channels at once give the bytes of each for itself", () => {
  it.each(sizes)("in causal filters, $channels channels of $samples samples", ({ channels, samples }) => {
    for (const sections of designs) {
      const signals = noise(channels, samples);
      const outputs = new CausalFilter(sections, { channels }).push(signals);
      outputs.forEach((output, c) => void same(output, sosFilter(sections, signals[c]!).output));
    }
  });

  it.each(sizes)("in zero-phase filters, $channels channels of $samples samples", ({ channels, samples }) => {
    for (const sections of designs) {
      const signals = noise(channels, samples);
      const alone = signals.map((signal) => zeroPhaseFilter(sections, signal));
      zeroPhaseFilterChannels(sections, signals).forEach((output, c) => void same(output, alone[c]!));
      const whole = filterSignal({ rateHz: 128, channels: signals }, { sections }, { phase: "zero" });
      whole.signal.channels.forEach((output, c) => void same(output, alone[c]!));
      const unpadded = zeroPhaseFilterChannels(sections, signals, { paddingLength: 0 });
      unpadded.forEach((output, c) => {
        same(output, zeroPhaseFilter(sections, signals[c]!, { paddingLength: 0 }));
      });
    }
  });

  it("whatever blocks a causal filter gets, long ones and short ones", () => {
    const signals = noise(5, 30_000);
    const filter = new CausalFilter(designs[1]!, { channels: 5, start: "steady" });
    const parts = [0, 1, 4, 20_000, 20_003, 30_000].map((end, p, ends) =>
      filter.push(signals.map((signal) => signal.subarray(ends[p - 1] ?? 0, end))),
    );
    signals.forEach((signal, c) => {
      const alone = new CausalFilter(designs[1]!, { start: "steady" }).push([signal])[0]!;
      same(Float64Array.from(parts.flatMap((part) => [...part[c]!])), alone);
    });
  });
});

describe("long signals are resampled to the bytes of short pieces", () => {
  it.each([
    { up: 1, down: 8 },
    { up: 1, down: 3 },
    { up: 3, down: 2 },
    { up: 147, down: 160 },
    { up: 16, down: 11_025 },
    { up: 5, down: 1 },
  ])("$up / $down", (ratio) => {
    const [signal] = noise(1, 40_003);
    for (const padding of ["zeros", "hold"] as const) {
      const whole = resample(signal!, ratio, { padding });
      const resampler = new Resampler(ratio, { padding });
      const parts: Float64Array[] = [];
      for (let i = 0; i < signal!.length; i += 97) parts.push(resampler.push([signal!.subarray(i, i + 97)])[0]!);
      parts.push(resampler.flush()[0]!);
      same(Float64Array.from(parts.flatMap((part) => [...part])), whole);
    }
  });

  it("many channels in blocks, too", () => {
    const signals = noise(12, 9000);
    const resampler = new Resampler({ up: 1, down: 4 }, { channels: 12, padding: "hold" });
    const blocks = [resampler.push(signals), resampler.flush()];
    signals.forEach((signal, c) => {
      same(
        Float64Array.from(blocks.flatMap((block) => [...block[c]!])),
        resample(signal, { up: 1, down: 4 }, { padding: "hold" }),
      );
    });
  });

  it("leaves equal rates alone, however much there is", () => {
    const signals = noise(40, 8000);
    const out = new Resampler({ up: 2, down: 2 }, { channels: 40 }).push(signals);
    out.forEach((channel, c) => void same(channel, signals[c]!));
  });
});

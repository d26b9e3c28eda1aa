import { describe, expect, it, test } from "vitest";
import { type ButterworthOptions, butterworth } from "../../src/signal/butterworth.ts";
import {
  checkSameFiltering,
  combineFilterings,
  type Filtering,
  zeroPhaseFiltering,
} from "../../src/signal/filtering.ts";
import { filterSignal } from "../../src/signal/filterSignal.ts";
import { firDesign } from "../../src/signal/firDesign.ts";
import { firZeroPhase } from "../../src/signal/firFilter.ts";
import { sosGroupDelay } from "../../src/signal/groupDelay.ts";
import { notch } from "../../src/signal/notch.ts";
import { zeroPhaseFilter } from "../../src/signal/sosFilter.ts";
import { filterDesigns } from "./filterDesigns.ts";
import { wave } from "./reference.ts";

const rateHz = 128;
const sections = butterworth({ type: "bandpass", order: 2, lowHz: 1, highHz: 8, rateHz });
const taps = firDesign({ type: "lowpass", cutoffHz: 8, rateHz, taps: 65 });
const signal = { rateHz, channels: [wave(400, 0.2), wave(400, 0.05)], names: ["Cz", "Pz"] };

describe("sosGroupDelay", () => {
  test.each(filterDesigns.groupDelay)(
    "is that of scipy.signal.group_delay: $type $edges of order $order",
    (recording) => {
      const { type, order, edges } = recording;
      const design = { type, order, cutoffHz: edges[0], lowHz: edges[0], highHz: edges[1], rateHz };
      const filter = butterworth(design as unknown as ButterworthOptions);
      const delays = recording.atHz.map((atHz) => rateHz * sosGroupDelay(filter, { atHz, rateHz }));
      expect(delays).toBeAllclose(recording.samples, { atol: 1e-8 });
    },
  );

  it("refuses a frequency above half the rate", () => {
    expect(() => sosGroupDelay(sections, { atHz: 65, rateHz })).toThrow(/atHz is 65/);
  });
});

describe("filterSignal", () => {
  it("says zero-phase filters have no delay, and keeps what else the signal has", () => {
    const iir = filterSignal(signal, { sections }, { phase: "zero" });
    expect(iir.filtering).toEqual({ phase: "zero", groupDelaySeconds: 0, delayAtHz: null });
    expect(iir.signal.names).toEqual(["Cz", "Pz"]);
    expect(iir.signal.channels[1]).toEqual(zeroPhaseFilter(sections, signal.channels[1]!));
    const fir = filterSignal(signal, { taps }, { phase: "zero" });
    expect(fir.signal.channels[0]).toEqual(firZeroPhase(taps, signal.channels[0]!));
  });

  it("says how late causal filters are: a sine's envelope comes out that much later", () => {
    const pulse = Float64Array.from({ length: 1280 }, (_, i) => {
      const seconds = i / rateHz - 4;
      return Math.exp(-((seconds / 0.8) ** 2)) * Math.cos(2 * Math.PI * 4 * seconds);
    });
    const centre = (values: Float64Array) => {
      const energy = values.reduce((sum, value) => sum + value * value, 0);
      return values.reduce((sum, value, i) => sum + value * value * i, 0) / energy / rateHz;
    };
    for (const design of [{ sections }, { taps }]) {
      const { signal: late, filtering } = filterSignal({ rateHz, channels: [pulse] }, design, { phase: "causal" });
      expect(filtering.phase).toBe("causal");
      expect(Math.abs(centre(late.channels[0]!) - centre(pulse) - filtering.groupDelaySeconds)).toBeLessThan(0.005);
    }
  });

  it("refuses a phase that is not stated and a delay where nothing passes", () => {
    expect(() => filterSignal(signal, { taps }, {} as { phase: "zero" })).toThrow(/phase is "undefined"/);
    const mains = { sections: notch({ rateHz, frequencyHz: 64 / 3 }) };
    expect(() => filterSignal(signal, mains, { phase: "causal", delayAtHz: 65 })).toThrow(/delayAtHz is 65/);
  });
});

const causal = (groupDelaySeconds: number, delayAtHz: number | null = null): Filtering => ({
  phase: "causal",
  groupDelaySeconds,
  delayAtHz,
});

describe("combineFilterings", () => {
  it("adds delays", () => {
    expect(combineFilterings([causal(0.1), undefined, causal(0.25, 4), causal(0, 4)])).toEqual(causal(0.35, 4));
    expect(combineFilterings([zeroPhaseFiltering, zeroPhaseFiltering])).toEqual(zeroPhaseFiltering);
    expect(combineFilterings([undefined])).toBeUndefined();
  });

  it("refuses zero-phase with causal filters, and delays at different frequencies", () => {
    expect(() => combineFilterings([undefined, causal(0.1), zeroPhaseFiltering])).toThrow(
      /record 1 is causal, record 2 zero-phase/,
    );
    expect(() => combineFilterings([causal(0.1, 4), causal(0.1), causal(0.1, 5)])).toThrow(
      /record 0 states its delay at 4 Hz, record 2 at 5 Hz/,
    );
  });
});

describe("checkSameFiltering", () => {
  it("accepts what is filtered alike", () => {
    expect(() => checkSameFiltering("decoder", [causal(0.1), causal(0.1005)])).not.toThrow();
    expect(() => checkSameFiltering("decoder", [zeroPhaseFiltering, undefined])).not.toThrow();
  });

  test.each([
    [[causal(0.1), zeroPhaseFiltering], /decoder: signal 0 is filtered causally, signal 1 with zero phase/],
    [[undefined, causal(0.1)], /signal 1 is filtered causally, signal 0 not at all/],
    [[causal(0.1), causal(0.2)], /signal 0 is 0.1 s late, signal 1 0.2 s/],
  ])("refuses what is not (%#)", (records, message) => {
    expect(() => checkSameFiltering("decoder", records)).toThrow(message);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { type ByteSource, memorySource } from "../../src/formats/byteSource.ts";
import { openEeglab } from "../../src/formats/openEeglab.ts";
import { floats, type MatValue, matBytes } from "./matBytes.ts";

const values = Array.from({ length: 20 }, (_, i) => i - 7);
const inside = { shape: [2, 10], numbers: values, single: true };

function dataset(changes: Record<string, MatValue | undefined>): Uint8Array {
  const chanlocs = {
    elements: [
      { labels: "Fp1", type: "EEG" },
      { labels: "Cz", type: "" },
    ],
  };
  const event = { elements: [{ type: "S1", latency: 3.5, duration: 2 }] };
  const plain = { setname: "made", nbchan: 2, trials: 1, pnts: 10, srate: 100, xmin: 0, data: inside, chanlocs, event };
  const fields = Object.entries({ ...plain, ...changes }).filter(([, field]) => field !== undefined);
  return matBytes({ EEG: { elements: [Object.fromEntries(fields) as Record<string, MatValue>] } });
}

/** Opens, reads everything and checks that it fits together; what is refused is refused in one line. */
async function attempt(bytes: Uint8Array, data?: Uint8Array): Promise<boolean> {
  let largest = 0;
  const watched = (source: ByteSource): ByteSource => ({
    ...source,
    read: (start, end) => {
      largest = Math.max(largest, end - start);
      return source.read(start, end);
    },
  });
  const siblings = async () => (data ? watched(memorySource(data, "made.fdt")) : undefined);
  try {
    const recording = await openEeglab(watched(memorySource(bytes, "made.set")), siblings, { allowTruncated: true });
    const { signals, segments } = recording;
    for (const { onsetSeconds, durationSeconds = 0 } of await recording.annotations()) {
      expect(Number.isFinite(onsetSeconds) && Number.isFinite(durationSeconds)).toBe(true);
    }
    for (const { index, samples } of signals) {
      const { channels } = await recording.read({ signals: [index], gapPolicy: "join" });
      expect(channels[0]!.length).toBe(samples);
    }
    const held = segments.reduce((sum, segment) => sum + (segment.samples[0]?.samples ?? 0), 0);
    expect(held).toBe(signals[0]?.samples ?? 0);
    for (const { message } of recording.warnings) expect(message).not.toContain("\n");
    return true;
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    expect(error.message).not.toContain("\n");
    return false;
  } finally {
    expect(largest).toBeLessThanOrEqual(Math.max(bytes.length, data?.length ?? 0));
  }
}

const count = fc.constantFrom(-1, 0, 1, 2, 3, 5, 10, 2.5, 1e9, 1e300, Number.NaN, Number.POSITIVE_INFINITY);
const sometimes = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const time = fc.constantFrom(1, 3.5, 10, 10.5, 11, 0, -5, 1e12, Number.NaN, Number.POSITIVE_INFINITY);
const event = fc.record({
  type: fc.constantFrom<MatValue>("S1", "boundary", "", 5, -99, Number.NaN),
  latency: time,
  // longer than what follows: events overlap
  duration: fc.constantFrom<MatValue>(0, 1, 5, 100, -3, Number.NaN, Number.POSITIVE_INFINITY),
});

describe("EEGLAB datasets that contradict themselves", () => {
  it("are read consistently or refused in one line", async () => {
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          nbchan: sometimes(count),
          trials: sometimes(count),
          pnts: sometimes(count),
          srate: sometimes(count),
          xmin: sometimes(count),
          chanlocs: sometimes(fc.constantFrom<MatValue>(null, 5, "x", { elements: [{ labels: 7, type: null }] })),
          event: sometimes(fc.array(event, { maxLength: 5 }).map((elements) => ({ elements }))),
          data: sometimes(fc.constantFrom<MatValue>(null, "made.fdt", "", { shape: [10, 2], numbers: values })),
        }),
        fc.constantFrom(0, 0, 0, 8, 79, 81, 200),
        async (changes, fdtBytes) => {
          const given = Object.fromEntries(Object.entries(changes).filter(([, field]) => field !== undefined));
          const fdt = fdtBytes === 0 ? floats(values, 4) : new Uint8Array(fdtBytes);
          if (await attempt(dataset(given as Record<string, MatValue>), fdt)) whole++;
        },
      ),
      { numRuns: 400 },
    );
    expect(whole).toBeGreaterThan(50);
  });

  it.each([
    ["inside", dataset({})],
    ["beside", dataset({ data: "made.fdt" })],
  ])("are read or refused in one line, wherever they are cut and whatever follows, samples %s", async (_, bytes) => {
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), fc.uint8Array({ maxLength: 40 }), async (length, more) => {
        if (await attempt(Uint8Array.of(...bytes.subarray(0, length), ...more), floats(values, 4))) whole++;
        if (await attempt(Uint8Array.of(...bytes, ...more), floats(values, 4).subarray(0, length))) whole++;
      }),
      { numRuns: 150 },
    );
    expect(whole).toBeGreaterThan(10);
  });
});

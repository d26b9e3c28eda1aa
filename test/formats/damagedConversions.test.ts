import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import type { EdfRecording } from "../../src/formats/edfRecording.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { converted } from "./conversion.ts";
import { edfBytes } from "./edfBytes.ts";

const limit = fc.constantFrom("-100", "100", "0", "-1e-7", "1E5", "0.00001", "-9999999", "99999999", ".5", "1e30", "x");
const digital = fc.constantFrom("-32768", "32767", "0", "-1", "2047", "-8388608", "8388607", "99999");
const onset = fc.oneof(
  fc.integer({ min: -3, max: 6 }).map((seconds) => (seconds < 0 ? String(seconds) : `+${seconds}`)),
  fc.constantFrom("+0.1", "+0.30000001", "+2.999", "+123456789.125"),
);
// any order, any length: they overlap, and several signals hold them
const note = fc.tuple(
  onset,
  fc.constantFrom("", "0", "0.5", "3", "1000"),
  fc.constantFrom("a", "b@@EEG", "c@@", "\u00e9", ""),
);
const label = fc.constantFrom("EEG", "EEG", "Status", "", "a\u00b5b", "sixteen characte");

/** Converts what can be opened; every refusal is one line. */
async function attempt(bytes: Uint8Array): Promise<{ from: EdfRecording; to: EdfRecording } | undefined> {
  try {
    const from = await openEdf(memorySource(bytes, "made.edf"), { allowTruncated: true });
    const unsound = from.segments.some(({ gapSeconds = 0 }, s) => s > 0 && gapSeconds < 0);
    const { edf } = await converted(from, unsound ? { gapPolicy: "join" } : {});
    return { from, to: edf };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    expect(error.message).not.toContain("\n");
    return undefined;
  }
}

describe("whatever can be opened can be converted, or is refused in one line", () => {
  it("with its integers or values and all of its annotations", async () => {
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          label,
          physicalMinimum: limit,
          physicalMaximum: limit,
          digitalMinimum: digital,
          digitalMaximum: digital,
        }),
        fc.array(fc.array(note, { maxLength: 3 }), { minLength: 6, maxLength: 6 }),
        fc.array(onset, { minLength: 3, maxLength: 3 }),
        fc.record({
          reserved: fc.constantFrom("", "EDF+C", "EDF+D", "BDF+C"),
          recordSeconds: fc.constantFrom("1", "1", "0.5", "0.333333", "3", "1e-3"),
          records: fc.constantFrom("3", "3", "-1", "2", "9"),
          date: fc.constantFrom("31.12.99", "31.02.20", "01.01.85"),
        }),
        fc.constantFrom<2 | 3>(2, 3),
        fc.integer({ min: -40, max: 40 }),
        async (signal, notes, onsets, header, sampleBytes, trailing) => {
          const tal = ([start, length, text]: [string, string, string]) =>
            `${start}${length === "" ? "" : `\u0015${length}`}\u0014${text}\u0014\u0000`;
          const texts = (part: number, keepers: readonly string[]) =>
            keepers.map((keeper, r) => `${keeper}${notes[3 * part + r]!.map(tal).join("")}`);
          const holder = sampleBytes === 2 ? "EDF Annotations" : "BDF Annotations";
          const times = onsets.map((time, r) => `${header.reserved === "EDF+D" ? time : `+${r}`}\u0014\u0014\u0000`);
          const signals = [
            { ...signal, digital: (i: number) => (i * 7919) % 20_000 },
            { label: "slow", samplesPerRecord: "2", digital: (i: number) => -i },
            { label: holder, samplesPerRecord: "60", texts: texts(0, times) },
            { label: holder, samplesPerRecord: "60", texts: texts(1, ["", "", ""]) },
          ];
          const made = edfBytes(signals, 3, header, sampleBytes);
          const bytes = trailing < 0 ? made.subarray(0, trailing) : Uint8Array.of(...made, ...Array(trailing).fill(7));
          const done = await attempt(bytes);
          if (!done) return;
          whole++;
          const { from, to } = done;
          expect((await to.annotations()).filter(({ text }) => !/^(BAD|EDGE|Trigger|Epoch)/.test(text)).length).toBe(
            (await from.annotations()).length,
          );
          for (const s of [0, 1]) {
            const before = (await from.read({ signals: [s], gapPolicy: "join" })).channels[0]!;
            const after = (await to.read({ signals: [s], gapPolicy: "join" })).channels[0]!;
            const { physicalMinimum, physicalMaximum, unit } = to.signals[s]!;
            if (unit !== from.signals[s]!.unit || to.signals[s]!.type === "trigger") continue;
            const step = Math.abs(physicalMaximum - physicalMinimum) / 65_535;
            expect(after.slice(0, before.length)).toBeAllclose(before, { atol: 0.51 * step, rtol: 1e-9 });
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(whole).toBeGreaterThan(50);
  });
});

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { EdfSignal } from "../../src/formats/edfRecording.ts";
import { openRecordingFile } from "../../src/formats/openRecordingFile.ts";
import type { RecordingSignal } from "../../src/formats/recording.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { converted, plainAnnotations } from "./conversion.ts";

const folder = sharedPath("eeg-files");
const list = (name: string) => {
  try {
    return readdirSync(join(folder, name));
  } catch {
    return [];
  }
};
const files = list("").flatMap((part) =>
  list(part)
    .filter((name) => /\.(edf|bdf|vhdr|set)$/.test(name))
    .map((name) => `${part}/${name}`),
);
const fixtures = readdirSync(join(import.meta.dirname, "../fixtures")).filter((name) => name.endsWith(".set"));

const facts = ({ type, unit, rateHz }: RecordingSignal) => ({
  type,
  unit: unit.replace(/[\u00b5\u03bc]/g, "u"),
  rateHz,
});

async function roundTrip(path: string): Promise<void> {
  const source = await openRecordingFile(path);
  try {
    const unknown = source.segments.some(
      ({ gapSeconds }, s) => s > 0 && !(gapSeconds !== undefined && gapSeconds >= 0),
    );
    const { edf, facts: written } = await converted(source, unknown ? { gapPolicy: "join" } : {});
    const ordinary = source.signals.filter(({ isAnnotations }) => !isAnnotations);
    const kept = edf.signals.filter(({ isAnnotations }) => !isAnnotations);
    expect(kept.map(facts)).toEqual(ordinary.map(facts));
    expect(edf.startTime).toEqual(source.startTime);
    expect(edf.startOffsetSeconds).toBeCloseTo(source.startOffsetSeconds, 9);
    expect(edf.warnings.filter(({ code }) => code !== "unknown-unit")).toEqual([]);
    for (const [s, signal] of ordinary.entries()) {
      const { exact, largestError, samples } = written.signals[s]!;
      expect(samples).toBe(signal.samples);
      const options = { gapPolicy: "join" } as const;
      const before = await source.read({ ...options, signals: [signal.index] });
      const after = await edf.read({ ...options, signals: [s] });
      if (signal.label === "Status" && !exact) {
        // its upper bits become annotations
        expect(after.channels[0]!.slice(0, samples)).toEqual(before.channels[0]!.map((value) => value & 0xffff));
        continue;
      }
      const { physicalMinimum, physicalMaximum } = edf.signals[s] as EdfSignal;
      const atol = largestError + 1e-10 * Math.abs(physicalMaximum - physicalMinimum);
      expect(after.channels[0]!.slice(0, samples)).toBeAllclose(before.channels[0]!, { atol, rtol: 0 });
      if (source.format.startsWith("EDF")) {
        expect(exact).toBe(true);
        const digital = await source.readDigital({ ...options, signals: [signal.index] });
        const same = await edf.readDigital({ ...options, signals: [s] });
        const [now, then] = [same, digital].map(({ channels }) => new Uint8Array(channels[0]!.buffer));
        expect(Buffer.compare(now!, then!)).toBe(0);
      }
    }
    if (!unknown && !source.format.startsWith("BDF")) {
      const filled = ({ text }: { text: string }) => text !== "BAD filled";
      expect((await plainAnnotations(edf)).filter(filled)).toEqual(await plainAnnotations(source));
    }
  } finally {
    await source.close();
  }
}

describe("convertToEdf keeps samples, units, types, start and annotations of", () => {
  testWithShared("every real file there is", () => expect(files.length).toBeGreaterThan(10));
  for (const name of files) testWithShared(name, () => roundTrip(join(folder, name)));
  for (const name of fixtures) testWithShared(name, () => roundTrip(join(import.meta.dirname, "../fixtures", name)));
});

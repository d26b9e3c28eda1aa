import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { electrodes } from "../../datasets/simulated/electrodes.ts";
import {
  type SimulatedStudySummary,
  type SimulationProgress,
  simulatedStudyDefaults,
  simulateStudy,
} from "../../datasets/simulated.ts";
import { openFile } from "../../src/formats/file.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { parseTsv } from "../../src/formats/tsv.ts";
import { openBidsStudy } from "../../src/study/bidsStudy.ts";
import { version } from "../../src/study/version.ts";

const options = { subjects: 2, trials: 3, seconds: 4.5, snrDb: 60, audioRateHz: 8000, eegRateHz: 128 };
const place = mkdtempSync(join(tmpdir(), "simulated-"));
const folder = join(place, "study");
const seen: SimulationProgress[] = [];
let summary: SimulatedStudySummary;

beforeAll(async () => {
  summary = await simulateStudy(folder, { ...options, onProgress: (progress) => seen.push(progress) });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const text = (name: string) => readFileSync(join(folder, name), "utf8");
const table = (name: string) => parseTsv(text(name), name);
const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();

async function samplesOf(name: string): Promise<Float64Array> {
  const wav = await openWav(await openFile(join(folder, "stimuli", name)));
  const { channels } = await wav.read();
  await wav.close();
  return channels[0]!;
}

describe("simulateStudy", () => {
  it("writes a BIDS-EEG folder", () => {
    expect(filesIn(folder)).toEqual(
      [
        ".bidsignore",
        "README",
        "dataset_description.json",
        "participants.json",
        "participants.tsv",
        "simulation.json",
        "stimuli/mixture-01.wav",
        "stimuli/mixture-01_drums.wav",
        "stimuli/mixture-01_guitar.wav",
        "stimuli/mixture-01_oboe.wav",
        "stimuli/stimuli.json",
        "stimuli/stimuli.tsv",
        ...["01", "02"].flatMap((id) =>
          ["channels.tsv", "eeg.edf", "eeg.json", "events.tsv"].map(
            (end) => `sub-${id}/eeg/sub-${id}_task-attend_${end}`,
          ),
        ),
        "task-attend_events.json",
      ].sort(),
    );
  });

  it("says that it is synthetic wherever a reader may look, and who made it", () => {
    const description = JSON.parse(text("dataset_description.json"));
    expect(description).toMatchObject({
      DatasetType: "raw",
      GeneratedBy: [{ Name: "neurosteer", Version: version }],
      Synthetic: summary.synthetic,
    });
    expect(summary.synthetic).toMatch(/^Synthetic data: .*nobody was recorded.*60 dB.*seed 0/);
    expect(text("README")).toContain(summary.synthetic);
    expect(JSON.parse(text("simulation.json")).synthetic).toBe(summary.synthetic);
    expect(table("participants.tsv")).toEqual([
      { participant_id: "sub-01", kind: "simulated" },
      { participant_id: "sub-02", kind: "simulated" },
    ]);
  });

  it("reports what it wrote, options resolved, and its progress", () => {
    expect(summary).toMatchObject({
      folder,
      subjects: ["01", "02"],
      mixtures: [{ name: "mixture-01", sources: ["guitar", "oboe", "drums"] }],
      trialsPerSubject: 3,
      options: { ...simulatedStudyDefaults, ...options },
    });
    expect(seen).toEqual([
      { done: 1, total: 3, item: "mixture-01" },
      { done: 2, total: 3, item: "sub-01" },
      { done: 3, total: 3, item: "sub-02" },
    ]);
  });

  it("writes mixtures that are, bit for bit, the 32-bit sum of the written stems, below 0.9", async () => {
    const stems = await Promise.all(table("stimuli/stimuli.tsv").map((row) => samplesOf(row.stem_file!)));
    const mixture = await samplesOf("mixture-01.wav");
    expect(mixture.length).toBe(36000);
    expect(mixture).toEqual(mixture.map((_, i) => Math.fround(stems.reduce((sum, stem) => sum + stem[i]!, 0))));
    expect(mixture.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0)).toBeLessThan(0.9);
  });

  it("writes the recording as EDF+ whose annotations, events and channels tables agree", async () => {
    const edf = await openEdf(await openFile(join(folder, "sub-01/eeg/sub-01_task-attend_eeg.edf")));
    const events = table("sub-01/eeg/sub-01_task-attend_events.tsv");
    expect(edf.format).toBe("EDF+C");
    expect(
      edf.signals.filter((signal) => !signal.isAnnotations).map(({ label, unit, rateHz }) => ({ label, unit, rateHz })),
    ).toEqual(
      table("sub-01/eeg/sub-01_task-attend_channels.tsv").map(({ name, units, sampling_frequency }) => ({
        label: name,
        unit: units,
        rateHz: Number(sampling_frequency),
      })),
    );
    expect(edf.signals.slice(0, 20).map(({ label }) => label)).toEqual(electrodes.map(({ name }) => name));
    expect(await edf.annotations()).toEqual(
      events.map((row) => ({
        onsetSeconds: Number(row.onset),
        durationSeconds: 4.5,
        text: `trial ${row.trial}: ${row.mixture}, attend ${row.target}`,
      })),
    );
    const description = JSON.parse(text("sub-01/eeg/sub-01_task-attend_eeg.json"));
    expect(description).toMatchObject({ SamplingFrequency: 128, PowerLineFrequency: 50, EEGChannelCount: 20 });
    expect(description.RecordingDuration).toBe(edf.durationSeconds);
    await edf.close();
  });

  it("puts responses into the recording where the events say: with hardly any noise it is quiet elsewhere", async () => {
    const edf = await openEdf(await openFile(join(folder, "sub-02/eeg/sub-02_task-attend_eeg.edf")));
    const { channels } = await edf.read({ signals: ["Fz"] });
    await edf.close();
    const fz = channels[0]!;
    const level = (from: number, to: number) =>
      Math.sqrt(fz.subarray(from, to).reduce((sum, value) => sum + value * value, 0) / (to - from));
    for (const { onset } of table("sub-02/eeg/sub-02_task-attend_events.tsv")) {
      const start = Number(onset) * 128;
      expect(Number.isInteger(start)).toBe(true);
      expect(Number.isInteger(Number(onset))).toBe(false);
      const end = start + 4.5 * 128;
      expect(level(start, end)).toBeGreaterThan(20 * level(start - 128, start));
      expect(level(start, end)).toBeGreaterThan(20 * level(end + 52, end + 180));
    }
  });

  it("keeps the truth: kernels, patterns, gains and notes", () => {
    const truth = JSON.parse(text("simulation.json"));
    expect(truth.options).toEqual(summary.options);
    expect(truth.subjects).toHaveLength(2);
    expect(truth.subjects[0].kernels).toHaveLength(truth.features.bandCentersHz.length);
    expect(truth.subjects[0].patterns[0]).toHaveLength(20);
    expect(truth.subjects[0].kernels).not.toEqual(truth.subjects[1].kernels);
    expect(truth.mixtures[0].stems.map((stem: { gain: number }) => stem.gain.toPrecision(6))).toEqual(
      table("stimuli/stimuli.tsv").map((row) => row.gain),
    );
  });

  it("is read back by openBidsStudy", async () => {
    const study = await openBidsStudy(folder);
    expect(study.title).toBe("Simulated attention to music");
    expect(study.synthetic).toBe(summary.synthetic);
    expect(study.subjects.map(({ id }) => id)).toEqual(["01", "02"]);
    for (const { trials } of study.subjects) {
      const eeg = await study.openEeg(trials[0]!);
      await eeg.close?.();
      expect(eeg.channels).toEqual(electrodes.map(({ name }) => ({ name, type: "eeg" })));
      expect(trials.map(({ target }) => target).sort()).toEqual(["drums", "guitar", "oboe"]);
      expect(trials.map(({ trial }) => trial)).toEqual(["01", "02", "03"]);
      expect(trials[0]!.sources).toEqual(["guitar", "oboe", "drums"]);
      expect(trials[0]!.durationSeconds).toBe(4.5);
    }
  });

  it("writes the same bytes again; fewer subjects leave the files of the others as they are", async () => {
    const again = join(place, "again");
    await simulateStudy(again, { ...options, subjects: 1 });
    const shared = filesIn(again).filter((name) => /^stimuli|^sub-01/.test(name));
    expect(shared).toHaveLength(10);
    for (const name of shared)
      expect(readFileSync(join(again, name)).equals(readFileSync(join(folder, name)))).toBe(true);
    const twice = join(place, "twice");
    await simulateStudy(twice, { ...options, subjects: 1 });
    for (const name of filesIn(again)) {
      expect(readFileSync(join(twice, name)).equals(readFileSync(join(again, name)))).toBe(true);
    }
  });

  it("writes another study for another seed", async () => {
    const other = join(place, "other");
    await simulateStudy(other, { ...options, subjects: 1, seed: 1 });
    for (const name of ["stimuli/mixture-01.wav", "sub-01/eeg/sub-01_task-attend_eeg.edf"]) {
      expect(readFileSync(join(other, name)).equals(readFileSync(join(folder, name)))).toBe(false);
    }
  });

  it("refuses a folder that is there, and leaves it alone", async () => {
    const before = filesIn(folder);
    await expect(simulateStudy(folder, options)).rejects.toMatchObject({ code: "exists" });
    expect(filesIn(folder)).toEqual(before);
  });

  test.each([
    { subjects: 0 },
    { subjects: 1.5 },
    { trials: 1 },
    { trials: 100 },
    { seconds: 3.9 },
    { seconds: Number.NaN },
    { snrDb: 61 },
    { unattendedGain: -0.1 },
    { seed: Number.NaN },
    { audioRateHz: 4000 },
    { eegRateHz: 100 },
    { eegRateHz: 256.5 },
  ])("refuses %o and writes nothing", async (bad) => {
    const nowhere = join(place, "nowhere");
    await expect(simulateStudy(nowhere, { ...options, ...bad })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining(`simulateStudy: ${Object.keys(bad)[0]} is `),
    });
    expect(existsSync(nowhere)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { auditWindows } from "../../../pipelines/neuroSteered/auditWindows.ts";
import { decodeControls } from "../../../pipelines/neuroSteered/controls.ts";
import { type PreparedSubject, prepareSubject } from "../../../pipelines/neuroSteered/prepareSubject.ts";
import type { ControlRow, Study, StudyOptions } from "../../../src/index.ts";
import { gather, listeningStudy, optionsWith } from "./memoryStudy.ts";
import { preparedTrial } from "./preparedTrials.ts";

/** A study whose own EEG follows nothing, prepared. */
async function deafStudy(
  options: StudyOptions,
  { subjects = 1, seconds = 6 } = {},
): Promise<{ study: Study; all: PreparedSubject[] }> {
  const { study } = listeningStudy({ subjects, snrDb: -Infinity, seconds });
  const all: PreparedSubject[] = [];
  for (const subject of study.subjects) {
    for (const event of await gather(prepareSubject(study, subject, options))) {
      if (event.kind === "ready") all.push(event.value);
    }
  }
  return { study, all };
}

async function controls(
  [own, ...others]: PreparedSubject[],
  study: Study,
  options: StudyOptions,
): Promise<ControlRow[]> {
  const events = await gather(decodeControls({ own: own!, others, study }, options));
  expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(["control"]));
  return events.flatMap((event) => (event.kind === "control" ? [event.row] : []));
}

describe("decodeControls", () => {
  const withControls = (more: Parameters<typeof optionsWith>[1] = {}, phase: "zero" | "causal" = "zero") =>
    optionsWith({ phase }, { controls: true, ...more });

  it.each([
    ["within-subject", "zero", 1],
    ["within-subject", "causal", 1],
    ["leave-one-subject-out", "zero", 2],
    ["adapted", "zero", 2],
  ] as const)(
    "finds the source that simulated EEG follows and nothing in noise, regime %s, phase %s",
    async (regime, phase, subjects) => {
      const options = withControls({ regime }, phase);
      const { study, all } = await deafStudy(options, { subjects, seconds: 12 });
      const rows = await controls(all, study, options);
      const of = (control: ControlRow["control"]) => rows.filter((row) => row.control === control);
      expect(of("positive").map(({ subject, trial, sources }) => [subject, trial, sources])).toEqual(
        all[0]!.trials.map(({ trial }) => ["01", trial.trial, 2]),
      );
      expect(of("positive").filter(({ correct }) => correct)).toHaveLength(6);
      expect(of("negative")).toHaveLength(6);
      expect(of("negative").filter(({ correct }) => correct).length).toBeLessThan(6);
    },
  );

  it("looks at no EEG that was recorded", async () => {
    const options = withControls({ maxLagSeconds: 0.1 });
    const { study, all } = await deafStudy(options);
    const silent = all.map(({ id, trials }) => ({
      id,
      trials: trials.map((trial) => {
        const channels = trial.signal.channels.slice(1).map((channel) => new Float64Array(channel.length));
        return { ...trial, signal: { ...trial.signal, names: trial.signal.names.slice(1), channels } };
      }),
    }));
    expect(await controls(silent, study, options)).toEqual(await controls(all, study, options));
  });

  it("is made of the envelope though other features are decoded, and treats no artefacts", async () => {
    const options = withControls({ features: ["onsets"], maxLagSeconds: 0.1 });
    const strict: StudyOptions = { ...options, preprocessing: { ...options.preprocessing, artefacts: "exclude" } };
    const { study, all } = await deafStudy(options);
    const rows = await controls(all, study, options);
    expect(rows).toHaveLength(12);
    expect(await controls(all, study, strict)).toEqual(rows);
  });

  it("is another draw with another seed", async () => {
    const options = withControls({ maxLagSeconds: 0.1 });
    const { study, all } = await deafStudy(options, { seconds: 4 });
    const draws: string[] = [];
    for (const seed of [0, 1, 2]) {
      draws.push(JSON.stringify(await controls(all, study, { ...options, seed })));
    }
    expect(new Set(draws).size).toBeGreaterThan(1);
  });
});

describe("auditWindows", () => {
  it("has the logarithm of each EEG channel's variance in windows of 2 s that do not overlap", () => {
    const channels = [2, 0.5, 9].map((amplitude) =>
      // whole periods: a sine's variance is half its amplitude squared
      Float64Array.from({ length: 330 }, (_, n) => amplitude * Math.sin((2 * Math.PI * 4 * n) / 64) + 100),
    );
    const trial = preparedTrial({}, { eog: ["VEOG"] });
    const signal = { rateHz: 64, names: ["Cz", "Pz", "VEOG"], channels };
    const windows = auditWindows({ ...trial, signal });
    expect(windows).toHaveLength(2);
    for (const window of windows) expect(window).toBeAllclose([Math.log(2), Math.log(0.125)], { atol: 1e-9 });
  });

  it("has a finite number for a channel that stands still, and no window of a trial too short for one", () => {
    const trial = preparedTrial();
    const still = (length: number) =>
      auditWindows({ ...trial, signal: { rateHz: 64, names: ["Cz"], channels: [new Float64Array(length).fill(3)] } });
    expect(still(128).map((window) => Array.from(window))).toEqual([[Math.log(2 ** -1022)]]);
    expect(still(127)).toEqual([]);
  });
});

import { lastValueFrom } from "rxjs";
import { ToolkitError } from "../core/error.ts";
import { toMono } from "../core/signal.ts";
import { signalBlocks } from "../streams/blocks.ts";
import { join } from "../streams/join.ts";
import { audioSource } from "../streams/sources.ts";
import type { NamedFile } from "./bidsStimuli.ts";
import type { StudyTrial, TrialSound } from "./study.ts";

/** The files of a trial's audio. */
export interface SoundFiles {
  /** Path of the mixture. */
  readonly mixture: string;
  /** Its sources, in the order of `StudyTrial.sources`. */
  readonly stems: readonly NamedFile[];
}

/** Largest difference allowed between the length of a mixture and the trial it is played in, in seconds. */
const lengthToleranceSeconds = 0.05;

/**
 * Reads the WAV files of a trial.
 *
 * @throws ToolkitError for files that are missing, silent, or differ in rate or length, from each other or the trial
 */
export async function readTrialSound(files: SoundFiles, trial: StudyTrial): Promise<TrialSound> {
  const mixture = await readAudio(files.mixture);
  const seconds = mixture.samples.length / mixture.rateHz;
  if (Math.abs(seconds - trial.durationSeconds) > lengthToleranceSeconds) {
    throw new ToolkitError(
      "bad-shape",
      `${files.mixture}: lasts ${seconds.toFixed(3)} s, trial ${trial.trial} of ${trial.subject} ${trial.durationSeconds.toFixed(3)} s; they must agree within ${lengthToleranceSeconds} s`,
    );
  }
  const stems = [];
  for (const { name, file } of files.stems) {
    const stem = await readAudio(file);
    if (stem.rateHz !== mixture.rateHz || stem.samples.length !== mixture.samples.length) {
      throw new ToolkitError(
        "bad-shape",
        `${file}: ${stem.samples.length} samples at ${stem.rateHz} Hz; the mixture has ${mixture.samples.length} at ${mixture.rateHz} Hz`,
      );
    }
    stems.push({ name, samples: stem.samples });
  }
  return {
    rateHz: mixture.rateHz,
    mixture: mixture.samples,
    ...(mixture.channels.length > 1 && { channels: mixture.channels }),
    stems,
  };
}

async function readAudio(path: string) {
  const signal = await lastValueFrom(signalBlocks(() => audioSource(path)).pipe(join()));
  const samples = toMono(signal);
  if (samples.every((sample) => sample === 0)) {
    throw new ToolkitError("bad-value", `${path}: all ${samples.length} samples are 0; a source that sounds is needed`);
  }
  return { rateHz: signal.rateHz, samples, channels: signal.channels };
}

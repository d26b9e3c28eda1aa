import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Simulation } from "../joined.ts";
import { createProgress } from "../progress.ts";
import { checkNotAborted } from "../untilAborted.ts";

/** Options of `neurosteer simulate`. */
export interface SimulateOptions {
  subjects: number;
  trials: number;
  seconds: number;
  snr: number;
  seed: number;
  json?: boolean;
}

/** `neurosteer simulate DIR`: writes a synthetic study as a BIDS-EEG folder. */
export async function simulate(
  folder: string,
  options: SimulateOptions,
  io: CommandIo,
  corpora: Simulation,
): Promise<number> {
  const summary = await simulateInto(folder, options, io, corpora);
  if (options.json) outJson(io, { ...summary, folder });
  else {
    const counts = `${summary.subjects.length} subjects, ${summary.trialsPerSubject} trials each`;
    outLine(io, `${folder}: ${counts}. ${summary.synthetic}`);
  }
  return exitCodes.done;
}

/** The work of `simulate`, without its printing. */
export async function simulateInto(
  folder: string,
  options: SimulateOptions,
  io: CommandIo,
  { simulateStudy }: Simulation,
) {
  const { subjects, trials, seconds, snr, seed } = options;
  const progress = createProgress(io, "simulate");
  const onProgress = ({ done, total, item }: { done: number; total: number; item: string }) => {
    checkNotAborted(io.signal);
    progress.update(done, total, item);
  };
  try {
    return await simulateStudy(folder, { subjects, trials, seconds, snrDb: snr, seed, onProgress });
  } finally {
    progress.stop();
  }
}

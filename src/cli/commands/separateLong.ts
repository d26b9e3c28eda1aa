import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { type Matrix, zeros } from "../../core/matrix.ts";
import { type Block, type Signal, sampleCount } from "../../core/signal.ts";
import { encodeWav } from "../../formats/encodeWav.ts";
import { type FileWriter, writeFileAside } from "../../formats/file.ts";
import { carryDictionary } from "../../separation/carryDictionary.ts";
import { type BlockMasker, BlockSeparator } from "../../separation/longFile.ts";
import type { StftOptions } from "../../signal/stft.ts";
import { readBlocks, type SampleSource } from "../../streams/blocks.ts";
import { checkNotAborted } from "../untilAborted.ts";
import type { FactorizedSeparation } from "./separateArguments.ts";
import { estimateFiles, factorizeMixture, guideOfBlock, sourceGains } from "./separateGains.ts";

/** What `separateLong` is told beside its options. */
export interface LongSeparation {
  /** Opens the mixture. */
  readonly open: () => Promise<SampleSource>;
  readonly samples: number;
  readonly guide: Matrix | undefined;
  readonly transform: StftOptions;
  readonly signal: AbortSignal;
  /** Called after each piece with the samples read so far. */
  readonly onProgress: (samples: number) => void;
}

/** What `separateLong` found. */
export interface LongResult {
  /** First and last cost of each block; none for a silent one. */
  readonly costs: (readonly [number, number] | null)[];
  readonly accelerator: string;
  readonly iterations: number;
}

/**
 * Separates a mixture in overlapping blocks, from disk to disk: neither the mixture nor the estimates are in memory at once.
 * Each block starts from the dictionary of the one before.
 *
 * @param folder where the estimates are written, as float32 WAV
 * @param options resolved, with `blockSeconds`
 * @param setting {@link LongSeparation}
 * @throws ToolkitError `aborted`; as `BlockSeparator`, `factorizeMixture` and `encodeWav`
 */
export async function separateLong(
  folder: string,
  options: FactorizedSeparation,
  { open, samples, guide, transform, signal, onProgress }: LongSeparation,
): Promise<LongResult> {
  const costs: ([number, number] | null)[] = [];
  let accelerator = "";
  let iterations = 0;
  const files = estimateFiles(options);
  const masker: BlockMasker<Matrix | undefined> = ({ spectrogram, channels, firstFrame, previous }) => {
    if (spectrogram.data.every((value) => value === 0)) {
      costs.push(null);
      const share = { ...spectrogram, data: spectrogram.data.map(() => 1 / files.length) };
      return { masks: files.map(() => share), state: previous };
    }
    const ownGuide = guide && guideOfBlock(guide, firstFrame, spectrogram.rows);
    const factors = factorizeMixture(spectrogram, ownGuide, options, { dictionary: previous });
    costs.push([factors.cost[0]!, factors.cost.at(-1)!]);
    accelerator = factors.accelerator;
    iterations += factors.iterations;
    return { masks: sourceGains(factors, channels, options), state: carryDictionary(factors, previous) };
  };
  const separator = new BlockSeparator(masker, { ...transform, blockSeconds: options.blockSeconds! });
  const paths = files.map((file) => join(folder, file));
  await withWriters(paths, async (writers) => {
    const put = async (pieces: readonly Block[][]) => {
      for (const sources of pieces) {
        for (const [s, piece] of sources.entries()) await appendWav(writers[s]!, piece, samples);
      }
    };
    for await (const block of readBlocks(open)) {
      checkNotAborted(signal);
      await put(separator.push(block));
      onProgress(block.startSample + sampleCount(block));
    }
    await put(separator.finish());
  });
  return { costs, accelerator, iterations };
}

/** Opens several files to write into at once. */
function withWriters(
  paths: readonly string[],
  work: (writers: readonly FileWriter[]) => Promise<void>,
  open: readonly FileWriter[] = [],
): Promise<void> {
  const [next, ...rest] = paths;
  return next === undefined ? work(open) : writeFileAside(next, (write) => withWriters(rest, work, [...open, write]));
}

/** Writes a piece of a float32 WAV file at its place, and before the first one the header of the whole. */
async function appendWav(write: FileWriter, piece: Block, samples: number): Promise<void> {
  const frameBytes = 4 * piece.channels.length;
  const header = wavHeader(piece, samples);
  if (piece.startSample === 0) await write(header, 0);
  const bytes = encodeWav(piece, { sampleFormat: "float32" }).subarray(header.length);
  await write(bytes, header.length + frameBytes * piece.startSample);
}

/** The header that `encodeWav` writes, with the sizes of a longer file. */
function wavHeader({ rateHz, channels }: Signal, samples: number): Uint8Array {
  const frameBytes = 4 * channels.length;
  const one = { rateHz, channels: channels.map(() => zeros(1, 1).data) };
  const file = encodeWav(one, { sampleFormat: "float32" });
  const header = file.slice(0, file.length - frameBytes);
  const fileBytes = header.length + frameBytes * samples;
  if (fileBytes > 0xffffffff) {
    throw new ToolkitError("bad-option", `separate: an estimate would have ${fileBytes} bytes; WAV ends at 4294967295`);
  }
  const view = new DataView(header.buffer);
  view.setUint32(4, fileBytes - 8, true);
  view.setUint32(header.length - 12, samples, true);
  view.setUint32(header.length - 4, frameBytes * samples, true);
  return header;
}

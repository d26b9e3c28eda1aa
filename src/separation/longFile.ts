import { checkFinite, checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix } from "../core/matrix.ts";
import { type Block, type Signal, sampleCount } from "../core/signal.ts";
import { resolveStftOptions, type StftOptions, stftDefaults } from "../signal/stft.ts";
import type { StftFrames } from "../signal/stftStream.ts";
import { EstimateStreams } from "./estimateStreams.ts";
import { type BlockFrames, MixtureFrames, meanMagnitude } from "./mixtureFrames.ts";

/** Options of {@link separateInBlocks} and {@link BlockSeparator}: those of the transform and the length of the blocks. */
export interface BlockSeparationOptions extends StftOptions {
  /** Length of a block, rounded to frames; the memory grows with it. Default 30 s. */
  blockSeconds?: number;
  /** What a block and the next have in common, over which their masks are cross-faded: at most half of it. Default 5 s or that half. */
  overlapSeconds?: number;
}

/** Defaults of {@link BlockSeparationOptions}. */
export const blockSeparationDefaults = {
  ...stftDefaults,
  blockSeconds: 30,
  overlapSeconds: 5,
} as const satisfies Required<BlockSeparationOptions>;

/** What a masker gets to see: some frames of the mixture, in a row. The arrays are valid during the call only. */
export interface MixtureBlock<State> {
  /** Number of the block, from 0. */
  readonly index: number;
  /** Number of its first frame, counted from the start of the signal. */
  readonly firstFrame: number;
  /** Time of that frame's centre, in seconds after the signal's first sample. */
  readonly startSeconds: number;
  /** How many of its frames the block before had, too, the first ones; 0 for the first block. */
  readonly sharedFrames: number;
  /** Magnitudes of the mean of all channels, [frames, bins]. */
  readonly spectrogram: Matrix<Float64Array>;
  /** Transform of each channel, the same frames. */
  readonly channels: readonly StftFrames[];
  /** What the masker gave as `state` for the block before; undefined for the first block. */
  readonly previous: State | undefined;
}

/** What a masker gives. */
export interface BlockMasks<State> {
  /** One mask a source, [frames, bins] of the block; in every block as many, in the same order. */
  readonly masks: readonly Matrix[];
  /** Handed to the next call as `previous`: a dictionary to start from, say, so that source 0 stays source 0. */
  readonly state?: State;
}

/** Finds the masks of one block; called block after block, in order. */
export type BlockMasker<State> = (block: MixtureBlock<State>) => BlockMasks<State>;

const who = "BlockSeparator";

/**
 * Separates a signal that is in memory in overlapping blocks; {@link BlockSeparator} takes one that is not.
 *
 * @param signal the mixture, [channels, samples]
 * @param masker finds the masks of a block
 * @param options see {@link BlockSeparationOptions}
 * @returns one signal a source, as long and with as many channels as the mixture
 * @throws ToolkitError as {@link BlockSeparator}; `bad-shape` for a signal without samples
 */
export function separateInBlocks<State = unknown>(
  signal: Signal,
  masker: BlockMasker<State>,
  options: BlockSeparationOptions = {},
): Signal[] {
  const separator = new BlockSeparator(masker, options);
  const pieces = [...separator.push({ ...signal, startSample: 0 }), ...separator.finish()];
  if (pieces.length === 0) throw new ToolkitError("bad-shape", "separateInBlocks: the signal has no samples");
  return pieces[0]!.map((source, s) => ({
    rateHz: signal.rateHz,
    channels: source.channels.map((_, c) => {
      const channel = new Float64Array(sampleCount(signal));
      for (const piece of pieces) channel.set(piece[s]!.channels[c]!, piece[s]!.startSample);
      return channel;
    }),
  }));
}

/**
 * Separates a signal of any length that comes in pieces. The transform runs through; its frames are cut into overlapping
 * blocks, a masker finds the masks of each, and where two blocks overlap the masks are cross-faded, frame by frame, with
 * weights that sum to 1. So there is no seam; the estimates sum to the mixture if the masks of every block sum to 1; and
 * masks that do not depend on the block give what one piece gives. One mask serves all channels, so that the differences
 * between them in level and time stay.
 *
 * The last block is as long as the others, unless the whole signal is shorter: it reaches back into frames that are
 * finished already. How the signal is cut into pieces changes nothing. At most two blocks of frames are held.
 */
export class BlockSeparator<State = unknown> {
  /** The options, defaults filled in. */
  readonly options: Required<BlockSeparationOptions>;
  readonly #masker: BlockMasker<State>;
  #mixture: MixtureFrames | undefined;
  #length: BlockFrames = { blockFrames: 0, overlapFrames: 0 };
  #estimates: EstimateStreams | undefined;
  #blocks = 0;
  /** Frames given out. */
  #done = 0;
  /** Masks of the frames that follow them, by the newest block; the next block fades in over these. */
  #waiting: readonly Matrix[] = [];
  #state: State | undefined;
  #ended = false;

  /**
   * @param masker finds the masks of a block
   * @param options see {@link BlockSeparationOptions}
   * @throws ToolkitError `bad-option`
   */
  constructor(masker: BlockMasker<State>, options: BlockSeparationOptions = {}) {
    const { blockSeconds } = { ...blockSeparationDefaults, ...options };
    checkNumber(who, "blockSeconds", blockSeconds, { above: 0 });
    const overlapSeconds = options.overlapSeconds ?? Math.min(blockSeparationDefaults.overlapSeconds, blockSeconds / 2);
    checkNumber(who, "overlapSeconds", overlapSeconds, { from: 0, to: blockSeconds / 2 });
    this.options = { ...resolveStftOptions(who, options), blockSeconds, overlapSeconds };
    this.#masker = masker;
  }

  /**
   * Takes the next piece.
   *
   * @param piece any number of samples; begins where the one before ended
   * @returns what is finished now, in order: for each block of the separation, one block of samples a source
   * @throws ToolkitError `bad-shape` for a gap, another rate or other channels, masks that do not fit the block, or after
   *   `finish`; `bad-value` for samples or masks that are not finite; errors of the masker
   */
  push(piece: Block): Block[][] {
    this.#checkOpen();
    this.#mixture ??= this.#open(piece);
    const finished: Block[][] = [];
    this.#mixture.push(piece, () => finished.push(this.#separate()));
    return finished.filter(hasSamples);
  }

  /**
   * Ends the signal.
   *
   * @returns what was waiting; none if there never was a sample
   * @throws ToolkitError as `push`
   */
  finish(): Block[][] {
    this.#checkOpen();
    this.#ended = true;
    const mixture = this.#mixture;
    if (!mixture || mixture.samples === 0) return [];
    const finished: Block[][] = [];
    mixture.flush(() => finished.push(this.#separate()));
    const masked = this.#done + (this.#waiting[0]?.rows ?? 0);
    if (mixture.frames > masked) finished.push(this.#separate());
    finished.push(this.#give(this.#waiting), this.#estimates!.flush(mixture.samples));
    return finished.filter(hasSamples);
  }

  #open(first: Block): MixtureFrames {
    const { blockSeconds, overlapSeconds, ...transform } = this.options;
    checkNumber(who, "rateHz", first.rateHz, { above: 0 });
    const framesPerSecond = first.rateHz / transform.hopSize;
    const blockFrames = Math.max(1, Math.round(blockSeconds * framesPerSecond));
    const overlapFrames = Math.min(Math.floor(blockFrames / 2), Math.round(overlapSeconds * framesPerSecond));
    this.#length = { blockFrames, overlapFrames };
    return new MixtureFrames(who, first, { ...transform, ...this.#length });
  }

  /** Masks the newest block and gives out its frames but for those that wait for the next one. */
  #separate(): Block[] {
    const mixture = this.#mixture!;
    const frames = Math.min(this.#length.blockFrames, mixture.frames);
    const firstFrame = mixture.frames - frames;
    const channels = mixture.view(firstFrame, frames);
    const shared = this.#done + (this.#waiting[0]?.rows ?? 0) - firstFrame;
    const { masks, state } = this.#masker({
      index: this.#blocks,
      firstFrame,
      startSeconds: (firstFrame * this.options.hopSize) / mixture.rateHz,
      sharedFrames: shared,
      spectrogram: meanMagnitude(channels),
      channels,
      previous: this.#state,
    });
    this.#checkMasks(masks, frames, mixture.bins);
    this.#state = state;
    this.#blocks++;
    this.#estimates ??= new EstimateStreams(masks.length, mixture, this.options);
    const fresh = masks.map((mask, s) => fadedIn(rowsOf(mask, this.#done - firstFrame), this.#waiting[s]));
    const ready = Math.max(0, fresh[0]!.rows - this.#length.overlapFrames);
    this.#waiting = fresh.map((mask) => rowsOf(mask, ready));
    return this.#give(fresh.map((mask) => rowsOf(mask, 0, ready)));
  }

  /** Gives out as many frames as the masks have. */
  #give(masks: readonly Matrix[]): Block[] {
    const { rows } = masks[0]!;
    const given = this.#estimates!.push(this.#mixture!.view(this.#done, rows), masks);
    this.#done += rows;
    return given;
  }

  #checkMasks(masks: readonly Matrix[], frames: number, bins: number): void {
    const block = `block ${this.#blocks}`;
    const sources = this.#estimates?.sources ?? Math.max(1, masks.length);
    if (masks.length !== sources) {
      throw new ToolkitError("bad-shape", `${who}: ${block} has ${masks.length} masks; it must have ${sources}`);
    }
    for (const [s, mask] of masks.entries()) {
      checkMatrix(who, `mask ${s} of ${block}`, mask);
      if (mask.rows !== frames || mask.columns !== bins) {
        throw new ToolkitError(
          "bad-shape",
          `${who}: mask ${s} of ${block} is ${mask.rows} x ${mask.columns}; the block has ${frames} frames of ${bins} bins`,
        );
      }
      checkFinite(who, `mask ${s} of ${block}`, mask.data);
    }
  }

  #checkOpen(): void {
    if (this.#ended) throw new ToolkitError("bad-shape", `${who}: the signal has ended; make a new ${who}`);
  }
}

/** A copy of rows `from` to `to` (excluded) in double precision. */
function rowsOf({ rows, columns, data }: Matrix, from: number, to = rows): Matrix<Float64Array> {
  return { rows: to - from, columns, data: Float64Array.from(data.subarray(from * columns, to * columns)) };
}

/** Writes the cross-fade from the mask before over the first frames of a mask, and returns that. */
function fadedIn(mask: Matrix<Float64Array>, before: Matrix | undefined): Matrix<Float64Array> {
  const frames = before?.rows ?? 0;
  for (let n = 0; n < frames; n++) {
    const weight = (n + 1) / (frames + 1);
    for (let i = n * mask.columns; i < (n + 1) * mask.columns; i++) {
      // equal masks stay as they are, to the last bit
      mask.data[i] = before!.data[i]! + weight * (mask.data[i]! - before!.data[i]!);
    }
  }
  return mask;
}

function hasSamples(blocks: readonly Block[]): boolean {
  return sampleCount(blocks[0]!) > 0;
}

import { checkFinite, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix } from "../core/matrix.ts";
import { createArena, type KernelArray, type KernelExports } from "../numeric/kernels.ts";
import type { FilterSections } from "./butterworth.ts";
import { checkBlock, checkSamples, checkSignal } from "./checkSignal.ts";

/** What comes out of a filter, and the state to go on from. */
export interface Filtered {
  /** [samples] */
  readonly output: Float64Array;
  /** State after the last sample, [sections, 2]. */
  readonly state: Float64Array;
}

/**
 * Filters through second-order sections, one after the other, in the transposed direct form II. Causal: output i depends
 * on inputs 0 to i. The same values as `scipy.signal.sosfilt`.
 *
 * @param sections [sections, 6]
 * @param samples [samples]
 * @param initialState [sections, 2], default zeros
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function sosFilter(sections: FilterSections, samples: Float64Array, initialState?: Float64Array): Filtered {
  checkSections("sosFilter", sections);
  checkSamples("sosFilter", "the signal", samples);
  const state = initialState?.slice() ?? new Float64Array(2 * sections.rows);
  if (state.length !== 2 * sections.rows) {
    throw new ToolkitError(
      "bad-shape",
      `sosFilter: initialState has ${state.length} values; ${sections.rows} sections need ${2 * sections.rows}`,
    );
  }
  checkFinite("sosFilter", "initialState", state);
  const output = samples.slice();
  filterInPlace(output, sections, state);
  return { output, state };
}

/**
 * The state in which a filter that has seen the constant 1 for ever stands; times x[0] it starts a signal without a step.
 * The same values as `scipy.signal.sosfilt_zi`.
 *
 * @param sections [sections, 6]
 * @returns [sections, 2]
 * @throws ToolkitError `bad-value` for a filter with a pole at 0 Hz, which never settles
 */
export function sosSteadyState(sections: FilterSections): Float64Array {
  checkSections("sosSteadyState", sections);
  const state = new Float64Array(2 * sections.rows);
  let level = 1;
  for (let s = 0; s < sections.rows; s++) {
    const [b0, b1, b2, a1, a2] = coefficients(sections, s);
    const poles = 1 + a1 + a2;
    if (poles === 0) {
      throw new ToolkitError("bad-value", `sosSteadyState: section ${s} has a pole at 0 Hz and never settles`);
    }
    const first = (b1 - a1 * b0 + (b2 - a2 * b0)) / poles;
    state[2 * s] = level * first;
    state[2 * s + 1] = level * ((1 + a1) * first - (b1 - a1 * b0));
    level *= (b0 + b1 + b2) / poles;
  }
  return state;
}

/**
 * Filters forward and then backward: no delay at any frequency, the magnitude response squared (6 dB down at a
 * Butterworth edge). Both ends are extended by the signal turned about its end points, and each pass starts in its steady
 * state, so that ends and offsets leave little trace. Looks ahead: not for streams. The same values as
 * `scipy.signal.sosfiltfilt`.
 *
 * @param sections [sections, 6]
 * @param samples [samples], more than the padding
 * @param options `paddingLength`, samples of extension at each end; default 3 * (2 * sections + 1), less 3 for each
 *   section of first order, as in SciPy
 * @returns [samples]
 * @throws ToolkitError `bad-shape` if the signal is no longer than the padding, `bad-value`, `bad-option`
 */
export function zeroPhaseFilter(
  sections: FilterSections,
  samples: Float64Array,
  options: { paddingLength?: number } = {},
): Float64Array {
  return zeroPhaseFilterChannels(sections, [samples], options)[0]!;
}

/**
 * `zeroPhaseFilter` for several channels, which takes less time than one after the other; the same bytes.
 *
 * @param sections [sections, 6]
 * @param channels [channels, samples]
 * @param options as for `zeroPhaseFilter`
 * @returns [channels, samples]
 * @throws ToolkitError as `zeroPhaseFilter`
 */
export function zeroPhaseFilterChannels(
  sections: FilterSections,
  channels: readonly Float64Array[],
  options: { paddingLength?: number } = {},
): Float64Array[] {
  checkSections("zeroPhaseFilter", sections);
  const { paddingLength = defaultPadding(sections) } = options;
  checkWhole("zeroPhaseFilter", "paddingLength", paddingLength, 0);
  for (const samples of channels) {
    checkSignal("zeroPhaseFilter", "the signal", samples);
    if (samples.length > paddingLength) continue;
    throw new ToolkitError(
      "bad-shape",
      `zeroPhaseFilter: the signal has ${samples.length} samples; a padding of ${paddingLength} needs at least ${paddingLength + 1}`,
    );
  }
  const steady = sosSteadyState(sections);
  const settled = (value: number) => steady.map((entry) => entry * value);
  const filter = new ChannelFilter(sections);
  const outputs: Float64Array[] = [];
  for (let c = 0; c < channels.length; c += lanes) {
    const group = channels.slice(c, c + lanes);
    // the extensions are filtered apart, so that nothing is copied but what is returned
    const heads = group.map((samples) => turned(samples, paddingLength, "start"));
    const bodies = group.map((samples) => samples.slice());
    const tails = group.map((samples) => turned(samples, paddingLength, "end"));
    const forward = group.map((samples, g) => settled(heads[g]![0] ?? samples[0]!));
    for (const part of [heads, bodies, tails]) filter.filterInPlace(part, forward);
    const backward = bodies.map((body, g) => settled(tails[g]!.at(-1) ?? body.at(-1)!));
    for (const part of [tails, bodies]) filter.filterInPlace(part, backward, "backward");
    outputs.push(...bodies);
  }
  return outputs;
}

/** The signal turned about an end point, as far as it goes on beyond that end. */
function turned(samples: Float64Array, paddingLength: number, end: "start" | "end"): Float64Array {
  const last = samples.length - 1;
  return Float64Array.from({ length: paddingLength }, (_, i) =>
    end === "start" ? 2 * samples[0]! - samples[paddingLength - i]! : 2 * samples[last]! - samples[last - 1 - i]!,
  );
}

/** How a `CausalFilter` is set up. */
export interface CausalFilterOptions {
  /** Number of channels in each block. Default 1. */
  channels?: number;
  /** `zero`: silence before the signal; `steady`: the first sample of each channel stood there for ever. Default `zero`. */
  start?: "zero" | "steady";
}

/** Options of `CausalFilter` where none are given. */
export const causalFilterDefaults = { channels: 1, start: "zero" } as const satisfies Required<CausalFilterOptions>;

/**
 * A filter for signals that come in blocks: it keeps the state of each channel, and whatever the blocks are, the outputs
 * joined are the bytes `sosFilter` gives for the blocks joined.
 */
export class CausalFilter {
  readonly #filter: ChannelFilter;
  readonly #states: Float64Array[];
  readonly #steady: Float64Array | undefined;
  #started = false;

  /**
   * @param sections [sections, 6]
   * @throws ToolkitError `bad-shape`, `bad-value`, `bad-option`
   */
  constructor(sections: FilterSections, options: CausalFilterOptions = {}) {
    const { channels, start } = { ...causalFilterDefaults, ...options };
    checkSections("CausalFilter", sections);
    checkWhole("CausalFilter", "channels", channels, 1);
    if (start !== "zero" && start !== "steady") {
      throw new ToolkitError("bad-option", `CausalFilter: start is "${String(start)}"; it must be zero or steady`);
    }
    this.#filter = new ChannelFilter({ ...sections, data: sections.data.slice() });
    this.#steady = start === "steady" ? sosSteadyState(sections) : undefined;
    this.#states = Array.from({ length: channels }, () => new Float64Array(2 * sections.rows));
  }

  /**
   * Filters the next block.
   *
   * @param channels [channels, any number of samples]
   * @returns [channels, the same number]
   * @throws ToolkitError `bad-shape` for another number of channels or unequal lengths, `bad-value` for samples that are
   *   not finite; a refused block leaves the state as it was
   */
  push(channels: readonly Float64Array[]): Float64Array[] {
    const length = checkBlock("CausalFilter", channels, this.#states.length);
    if (length > 0 && !this.#started) {
      this.#started = true;
      for (const [c, state] of this.#states.entries()) {
        if (this.#steady) for (let i = 0; i < state.length; i++) state[i] = this.#steady[i]! * channels[c]![0]!;
      }
    }
    const outputs = channels.map((channel) => channel.slice());
    this.#filter.filterInPlace(outputs, this.#states);
    return outputs;
  }
}

/** Channels the kernel filters at once. */
const lanes = 8;
/** Samples in kernel memory at a time: they stay in the processor's cache. */
const chunkSamples = 1024;
/** Fewer values than this are filtered before kernel memory is made. */
const leastKernelValues = 2 ** 15;

/** The kernel, with its memory for one filter. */
interface SectionKernel {
  readonly filterSections8: KernelExports["filterSections8"];
  readonly sections: KernelArray<Float64Array>;
  readonly state: KernelArray<Float64Array>;
  readonly data: KernelArray<Float64Array>;
}

/** Filters channels side by side on the kernel where that is worth it, otherwise one by one; the same bytes either way. */
class ChannelFilter {
  readonly #sections: FilterSections;
  #kernel: SectionKernel | undefined;

  constructor(sections: FilterSections) {
    this.#sections = sections;
  }

  /** Filters in place and moves each channel's state on, the last sample first if `backward`. Channels of one length. */
  filterInPlace(
    channels: readonly Float64Array[],
    states: readonly Float64Array[],
    direction: "forward" | "backward" = "forward",
  ): void {
    const length = channels[0]?.length ?? 0;
    const worthwhile = channels.length > 1 && channels.length * length >= leastKernelValues;
    if (worthwhile) this.#kernel ??= sectionKernel(this.#sections);
    for (let c = 0; c < channels.length; c += lanes) {
      const group = channels.slice(c, c + lanes);
      const alike = group.length > 1 && group.every((samples) => samples.length === group[0]!.length);
      if (worthwhile && this.#kernel && alike) this.#filterGroup(this.#kernel, group, states, c, direction);
      else group.forEach((samples, g) => void filterOne(samples, this.#sections, states[c + g]!, direction));
    }
  }

  #filterGroup(
    { filterSections8, sections, state, data }: SectionKernel,
    group: readonly Float64Array[],
    states: readonly Float64Array[],
    firstState: number,
    direction: "forward" | "backward",
  ): void {
    const { rows } = this.#sections;
    const { length } = group[0]!;
    const [memory, held] = [data.array, state.array];
    memory.fill(0);
    held.fill(0);
    for (let g = 0; g < group.length; g++) {
      for (let i = 0; i < 2 * rows; i++) held[lanes * i + g] = states[firstState + g]![i]!;
    }
    // the kernel takes pairs of samples; an odd one at the end is left for the plain loop
    const whole = length - (length % 2);
    const backward = direction === "backward";
    const [first, odd] = backward ? [length % 2, 0] : [0, whole];
    for (let done = 0; done < whole; done += chunkSamples) {
      const count = Math.min(chunkSamples, whole - done);
      const start = first + (backward ? whole - done - count : done);
      group.forEach((samples, g) => void memory.set(samples.subarray(start, start + count), g * chunkSamples));
      filterSections8(data.address, 8 * chunkSamples, count, backward, sections.address, rows, state.address);
      for (const [g, samples] of group.entries()) {
        samples.set(memory.subarray(g * chunkSamples, g * chunkSamples + count), start);
      }
    }
    for (let g = 0; g < group.length; g++) {
      for (let i = 0; i < 2 * rows; i++) states[firstState + g]![i] = held[lanes * i + g]!;
      if (whole < length) filterInPlace(group[g]!.subarray(odd, odd + 1), this.#sections, states[firstState + g]!);
    }
  }
}

function sectionKernel({ rows, data }: FilterSections): SectionKernel {
  const arena = createArena(8 * (data.length + 2 * lanes * rows + lanes * chunkSamples) + 64);
  const { filterSections8 } = arena.kernels;
  const sections = arena.float64(data.length);
  sections.array.set(data);
  const state = arena.float64(2 * lanes * rows);
  return { filterSections8, sections, state, data: arena.float64(lanes * chunkSamples) };
}

function filterOne(
  samples: Float64Array,
  sections: FilterSections,
  state: Float64Array,
  direction: "forward" | "backward",
): void {
  if (direction === "backward") samples.reverse();
  filterInPlace(samples, sections, state);
  if (direction === "backward") samples.reverse();
}

/** Filters `samples` and moves `state` on. Two sections at a time: the second works while the first waits for itself. */
function filterInPlace(samples: Float64Array, sections: FilterSections, state: Float64Array): void {
  let s = 0;
  for (; s + 1 < sections.rows; s += 2) {
    const [b0, b1, b2, a1, a2] = coefficients(sections, s);
    const [d0, d1, d2, c1, c2] = coefficients(sections, s + 1);
    let u0 = state[2 * s]!;
    let u1 = state[2 * s + 1]!;
    let v0 = state[2 * s + 2]!;
    let v1 = state[2 * s + 3]!;
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i]!;
      const y = b0 * x + u0;
      u0 = b1 * x - a1 * y + u1;
      u1 = b2 * x - a2 * y;
      const z = d0 * y + v0;
      v0 = d1 * y - c1 * z + v1;
      v1 = d2 * y - c2 * z;
      samples[i] = z;
    }
    state[2 * s] = u0;
    state[2 * s + 1] = u1;
    state[2 * s + 2] = v0;
    state[2 * s + 3] = v1;
  }
  if (s < sections.rows) {
    const [b0, b1, b2, a1, a2] = coefficients(sections, s);
    let u0 = state[2 * s]!;
    let u1 = state[2 * s + 1]!;
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i]!;
      const y = b0 * x + u0;
      u0 = b1 * x - a1 * y + u1;
      u1 = b2 * x - a2 * y;
      samples[i] = y;
    }
    state[2 * s] = u0;
    state[2 * s + 1] = u1;
  }
}

/** b0, b1, b2, a1, a2 of one section. */
function coefficients({ data }: FilterSections, s: number): [number, number, number, number, number] {
  return [data[6 * s]!, data[6 * s + 1]!, data[6 * s + 2]!, data[6 * s + 4]!, data[6 * s + 5]!];
}

function defaultPadding(sections: FilterSections): number {
  let noSecondZero = 0;
  let noSecondPole = 0;
  for (let s = 0; s < sections.rows; s++) {
    if (sections.data[6 * s + 2] === 0) noSecondZero++;
    if (sections.data[6 * s + 5] === 0) noSecondPole++;
  }
  return 3 * (2 * sections.rows + 1 - Math.min(noSecondZero, noSecondPole));
}

function checkSections(who: string, sections: FilterSections): void {
  checkMatrix(who, "sections", sections);
  if (sections.columns !== 6) {
    throw new ToolkitError("bad-shape", `${who}: sections have ${sections.columns} columns; b0 b1 b2 a0 a1 a2 make 6`);
  }
  checkFinite(who, "sections", sections.data);
  for (let s = 0; s < sections.rows; s++) {
    if (sections.data[6 * s + 3] !== 1) {
      throw new ToolkitError("bad-value", `${who}: section ${s} has a0 = ${sections.data[6 * s + 3]}; divide it by a0`);
    }
  }
}

import { checkFinite, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix } from "../core/matrix.ts";
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
  checkSections("zeroPhaseFilter", sections);
  const { paddingLength = defaultPadding(sections) } = options;
  checkWhole("zeroPhaseFilter", "paddingLength", paddingLength, 0);
  checkSignal("zeroPhaseFilter", "the signal", samples);
  const length = samples.length;
  if (length <= paddingLength) {
    throw new ToolkitError(
      "bad-shape",
      `zeroPhaseFilter: the signal has ${length} samples; a padding of ${paddingLength} needs at least ${paddingLength + 1}`,
    );
  }
  const work = new Float64Array(length + 2 * paddingLength);
  const end = work.length - 1;
  for (let i = 0; i < paddingLength; i++) {
    work[i] = 2 * samples[0]! - samples[paddingLength - i]!;
    work[end - i] = 2 * samples[length - 1]! - samples[length - 1 - paddingLength + i]!;
  }
  work.set(samples, paddingLength);
  const steady = sosSteadyState(sections);
  for (let pass = 0; pass < 2; pass++) {
    const first = work[0]!;
    filterInPlace(
      work,
      sections,
      steady.map((value) => value * first),
    );
    work.reverse();
  }
  return work.slice(paddingLength, paddingLength + length);
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
  readonly #sections: FilterSections;
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
    this.#sections = { ...sections, data: sections.data.slice() };
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
    return channels.map((channel, c) => {
      const out = channel.slice();
      filterInPlace(out, this.#sections, this.#states[c]!);
      return out;
    });
  }
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

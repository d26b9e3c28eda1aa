import { checkFinite } from "../../core/check.ts";

/**
 * A short text that two series share if they are the same recording, whatever its gain: 64 bits of hash (FNV-1a, two offsets)
 * over the samples in 16 bits of their peak, and their number. Not for adversaries, nor for recordings cut, filtered
 * or resampled another way.
 *
 * @param samples [samples]
 * @returns such as `480000-09ab34cd5e6f7081`
 * @throws ToolkitError `bad-value` if something is not finite
 */
export function stimulusFingerprint(samples: ArrayLike<number>): string {
  checkFinite("stimulusFingerprint", "samples", samples);
  let peak = 0;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  let first = 0x811c9dc5;
  let second = 0x6c62272e;
  for (let i = 0; i < samples.length; i++) {
    const level = peak === 0 ? 0 : Math.round((samples[i]! / peak) * 32767) & 0xffff;
    first = Math.imul(first ^ level, 0x01000193);
    second = Math.imul(second ^ level ^ (i & 0xff), 0x01000193);
    // FNV moves bits up only; this brings the upper ones back down.
    second ^= second >>> 15;
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");
  return `${samples.length}-${hex(first)}${hex(second)}`;
}

import { checkFinite, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Signal, sampleCount } from "../core/signal.ts";

/** Options of `encodeWav`. */
export interface EncodeWavOptions {
  /** `float32` stores any value; `pcm16` and `pcm24` are integers of a full scale of 1. Default `float32`. */
  readonly sampleFormat?: "float32" | "pcm16" | "pcm24";
  /**
   * What to do if an integer format is asked for and a sample is beyond full scale: `error` refuses, `scale` multiplies
   * everything by `fullScaleGain` and notes the gain in the file's comment. Default `error`.
   */
  readonly overflow?: "error" | "scale";
}

/** Defaults of `encodeWav`. */
export const encodeWavDefaults = { sampleFormat: "float32", overflow: "error" } as const satisfies EncodeWavOptions;

/**
 * The gain that brings a signal into full scale: 1 if its peak is at most 1, otherwise one over the peak.
 *
 * @param signal [channels, samples]
 */
export function fullScaleGain(signal: Signal): number {
  let peak = 0;
  for (const channel of signal.channels) {
    for (let i = 0; i < channel.length; i++) peak = Math.max(peak, Math.abs(channel[i]!));
  }
  return peak > 1 ? 1 / peak : 1;
}

/**
 * Writes a WAV file. Integers are round(x * 2^(bits - 1)), without dither, so the same signal gives the same bytes;
 * a sample within half a step of +1 gets the largest code. Values come back to within half a step (float32: to within
 * float32 rounding).
 *
 * @param signal [channels, samples], full scale 1; the rate must be a whole number of Hz
 * @returns the file's bytes
 * @throws ToolkitError `bad-shape` if channels are missing or differ in length, `bad-value` if a sample is not finite, or
 * beyond full scale and `overflow` is `error`, `bad-option` if the rate is not whole or the file would pass 4 GiB
 */
export function encodeWav(signal: Signal, options: EncodeWavOptions = {}): Uint8Array {
  const { sampleFormat, overflow } = { ...encodeWavDefaults, ...options };
  const bits = { float32: 32, pcm16: 16, pcm24: 24 }[sampleFormat];
  if (bits === undefined) {
    throw new ToolkitError("bad-option", `encodeWav: sampleFormat is ${sampleFormat}; use float32, pcm16 or pcm24`);
  }
  const isFloat = sampleFormat === "float32";
  const samples = checkSignal(signal);
  if (isFloat) checkFloatRange(signal);
  const gain = isFloat ? 1 : checkedGain(signal, overflow);
  const comment = gain === 1 ? "" : `gain ${gain}`;

  const channels = signal.channels.length;
  const frameBytes = (channels * bits) / 8;
  const formatBytes = isFloat ? 18 : 16;
  const factBytes = isFloat ? 12 : 0;
  const commentBytes = comment === "" ? 0 : 20 + even(comment.length + 1);
  const dataBytes = samples * frameBytes;
  const dataStart = 12 + 8 + formatBytes + factBytes + commentBytes + 8;
  const fileBytes = dataStart + even(dataBytes);
  if (fileBytes > 0xffffffff) {
    throw new ToolkitError("bad-option", `encodeWav: the file would have ${fileBytes} bytes; WAV ends at 4294967295`);
  }

  const bytes = new Uint8Array(fileBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const text = (value: string) => {
    for (let i = 0; i < value.length; i++) bytes[at++] = value.charCodeAt(i);
  };
  const uint16 = (value: number) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const uint32 = (value: number) => {
    view.setUint32(at, value, true);
    at += 4;
  };
  text("RIFF");
  uint32(fileBytes - 8);
  text("WAVEfmt ");
  uint32(formatBytes);
  uint16(isFloat ? 3 : 1);
  uint16(channels);
  uint32(signal.rateHz);
  uint32(signal.rateHz * frameBytes);
  uint16(frameBytes);
  uint16(bits);
  if (isFloat) {
    // formats other than PCM carry an (empty) extension and the number of samples
    uint16(0);
    text("fact");
    uint32(4);
    uint32(samples);
  }
  if (comment !== "") {
    text("LIST");
    uint32(commentBytes - 8);
    text("INFOICMT");
    uint32(comment.length + 1);
    text(comment);
    at = dataStart - 8;
  }
  text("data");
  uint32(dataBytes);
  writeSamples(view, dataStart, signal, bits, isFloat, gain);
  return bytes;
}

function writeSamples(
  view: DataView,
  dataStart: number,
  { channels }: Signal,
  bits: number,
  isFloat: boolean,
  gain: number,
): void {
  const step = bits / 8;
  const frame = step * channels.length;
  const scale = 2 ** (bits - 1);
  channels.forEach((channel, c) => {
    let at = dataStart + c * step;
    for (let i = 0; i < channel.length; i++, at += frame) {
      if (isFloat) {
        view.setFloat32(at, channel[i]!, true);
        continue;
      }
      const value = Math.min(Math.round(channel[i]! * gain * scale), scale - 1);
      view.setInt16(at, bits === 16 ? value : value & 0xffff, true);
      if (bits === 24) view.setInt8(at + 2, value >> 16);
    }
  });
}

function checkSignal({ rateHz, channels }: Signal): number {
  checkWhole("encodeWav", "rateHz", rateHz, 1, 0xffffffff);
  if (channels.length < 1 || channels.length > 0xffff) {
    throw new ToolkitError("bad-shape", `encodeWav: the signal has ${channels.length} channels; 1 to 65535 fit`);
  }
  channels.forEach((channel, c) => {
    if (channel.length === 0) throw new ToolkitError("bad-shape", `encodeWav: channel ${c} has no samples`);
    if (channel.length !== channels[0]!.length) {
      throw new ToolkitError(
        "bad-shape",
        `encodeWav: channel ${c} has ${channel.length} samples, channel 0 has ${channels[0]!.length}; make them equal`,
      );
    }
    checkFinite("encodeWav", `channel ${c}`, channel);
  });
  return sampleCount({ rateHz, channels });
}

function checkFloatRange({ channels }: Signal): void {
  channels.forEach((channel, c) => {
    const index = channel.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (index < 0) return;
    throw new ToolkitError(
      "bad-value",
      `encodeWav: channel ${c} has ${channel[index]} at index ${index}, more than float32 holds; scale the signal`,
    );
  });
}

function checkedGain(signal: Signal, overflow: "error" | "scale"): number {
  const gain = fullScaleGain(signal);
  if (overflow === "scale" || gain === 1) return gain;
  let count = 0;
  for (const channel of signal.channels) {
    for (let i = 0; i < channel.length; i++) if (Math.abs(channel[i]!) > 1) count++;
  }
  throw new ToolkitError(
    "bad-value",
    `encodeWav: ${count} samples are beyond full scale, the peak is ${1 / gain}; scale the signal, write float32, or set overflow to "scale"`,
  );
}

function even(count: number): number {
  return count + (count % 2);
}

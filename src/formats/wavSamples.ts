import WavDecoder from "wav-decoder";
import type { WavLayout } from "./wavHeader.ts";

/**
 * Decodes frames to full scale 1: an integer d of n bits becomes d / 2^(n - 1), as in libsndfile; 8-bit integers are
 * unsigned, 128 is zero. Where the value has fewer bits than its container they are the upper ones, so that the
 * container's scale holds.
 *
 * The package wav-decoder decodes 16-bit integers (with its option `symmetric`, which divides by 32768) and 32-bit
 * floats. Its other formats are decoded here: it scales 8-bit integers by 127.5, turns the 24-bit minimum into +1,
 * rounds 32-bit integers and 64-bit floats to float32, and does not know big-endian or extensible files.
 *
 * @param bytes whole frames
 * @param channels written from `outStart` on
 * @returns number of frames
 */
export function decodeWavInto(
  bytes: Uint8Array,
  layout: Pick<WavLayout, "channels" | "sampleFormat" | "containerBytes" | "littleEndian" | "rateHz">,
  channels: readonly Float64Array[],
  outStart: number,
): number {
  const { sampleFormat, containerBytes, littleEndian } = layout;
  const frameBytes = containerBytes * layout.channels;
  const frames = bytes.length / frameBytes;
  if (littleEndian && (sampleFormat === "float" ? containerBytes === 4 : containerBytes === 2)) {
    const file = canonicalFile(bytes, layout);
    const { channelData } = WavDecoder.decode.sync(file, { symmetric: true });
    channels.forEach((channel, c) => {
      channel.set(channelData[c]!, outStart);
    });
    return frames;
  }
  const read = sampleReader(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), layout);
  channels.forEach((channel, c) => {
    let at = c * containerBytes;
    for (let i = 0; i < frames; i++, at += frameBytes) channel[outStart + i] = read(at);
  });
  return frames;
}

/** A file of nothing but the plainest header and these samples. */
function canonicalFile(
  bytes: Uint8Array,
  {
    channels,
    rateHz,
    sampleFormat,
    containerBytes,
  }: Pick<WavLayout, "channels" | "rateHz" | "sampleFormat" | "containerBytes">,
): ArrayBuffer {
  const file = new ArrayBuffer(44 + bytes.length);
  const view = new DataView(file);
  const frameBytes = channels * containerBytes;
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) view.setUint8(at + i, value.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, file.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, sampleFormat === "float" ? 3 : 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 8 * containerBytes, true);
  text(36, "data");
  view.setUint32(40, bytes.length, true);
  new Uint8Array(file, 44).set(bytes);
  return file;
}

function sampleReader(
  view: DataView,
  { sampleFormat, containerBytes, littleEndian }: Pick<WavLayout, "sampleFormat" | "containerBytes" | "littleEndian">,
): (at: number) => number {
  if (sampleFormat === "float") {
    return containerBytes === 4 ? (at) => view.getFloat32(at, littleEndian) : (at) => view.getFloat64(at, littleEndian);
  }
  if (containerBytes === 1) return (at) => (view.getUint8(at) - 128) / 128;
  if (containerBytes === 2) return (at) => view.getInt16(at, littleEndian) / 2 ** 15;
  if (containerBytes === 4) return (at) => view.getInt32(at, littleEndian) / 2 ** 31;
  if (containerBytes === 8) return (at) => Number(view.getBigInt64(at, littleEndian)) / 2 ** 63;
  return littleEndian
    ? (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 2 ** 23
    : (at) => (view.getInt8(at) * 65536 + view.getUint16(at + 1, false)) / 2 ** 23;
}

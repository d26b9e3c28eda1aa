/** A chunk of a RIFF file: 4 letters, its size (or a size that is claimed), the body, filled up to an even length. */
export interface Chunk {
  id: string;
  body: ArrayLike<number>;
  size?: number;
}

const letters = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));

/** The bytes of an unsigned integer. */
export function unsigned(value: number, bytes: number, littleEndian = true): number[] {
  const parts = Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
  return littleEndian ? parts : parts.reverse();
}

/** Builds a RIFF, RIFX or RF64 file from chunks, independently of the writer under test. */
export function riffBytes(chunks: readonly Chunk[], kind: "RIFF" | "RIFX" | "RF64" = "RIFF"): Uint8Array {
  const little = kind !== "RIFX";
  const bodies = chunks.flatMap(({ id, body, size = body.length }) => [
    ...letters(id),
    ...unsigned(size, 4, little),
    ...Array.from(body),
    ...(body.length % 2 === 1 ? [0] : []),
  ]);
  return Uint8Array.from([...letters(kind), ...unsigned(bodies.length + 4, 4, little), ...letters("WAVE"), ...bodies]);
}

/** A `fmt ` chunk; `validBits` makes it extensible. */
export function formatChunk(
  format: { tag?: number; channels?: number; rateHz?: number; bits?: number; frameBytes?: number; validBits?: number },
  littleEndian = true,
): Chunk {
  const { tag = 1, channels = 1, rateHz = 8000, bits = 16, validBits } = format;
  const frameBytes = format.frameBytes ?? channels * Math.ceil(bits / 8);
  const n = (value: number, bytes: number) => unsigned(value, bytes, littleEndian);
  const plain = [...n(channels, 2), ...n(rateHz, 4), ...n(rateHz * frameBytes, 4), ...n(frameBytes, 2), ...n(bits, 2)];
  if (validBits === undefined) return { id: "fmt ", body: [...n(tag, 2), ...plain] };
  const identifier = [...n(tag, 2), 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113];
  return { id: "fmt ", body: [...n(0xfffe, 2), ...plain, ...n(22, 2), ...n(validBits, 2), ...n(3, 4), ...identifier] };
}

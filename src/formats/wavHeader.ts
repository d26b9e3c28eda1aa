import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { foreignKind } from "./foreignKind.ts";
import type { FormatWarning } from "./recording.ts";

/** Where the samples of a WAV file lie and how they are stored. */
export interface WavLayout {
  readonly rateHz: number;
  readonly channels: number;
  /** Number of samples in each channel. */
  readonly samples: number;
  readonly sampleFormat: "integer" | "float";
  /** Bits that carry the value; `containerBytes` may hold more. */
  readonly bitsPerSample: number;
  readonly containerBytes: number;
  readonly littleEndian: boolean;
  /** First byte of the samples. */
  readonly dataStart: number;
  readonly warnings: readonly FormatWarning[];
}

interface Format {
  readonly rateHz: number;
  readonly channels: number;
  readonly sampleFormat: "integer" | "float";
  readonly bitsPerSample: number;
  readonly containerBytes: number;
}

/** More chunks than any honest file has; without a limit a file of tiny chunks would take forever. */
const maximumChunks = 10_000;

const unsupportedTags: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  6: "A-law",
  7: "mu-law",
  17: "IMA ADPCM",
  49: "GSM 6.10",
  85: "MP3",
};

/** Last 14 bytes of the identifiers that WAVE_FORMAT_EXTENSIBLE makes of the plain format tags, in file order. */
const plainTagTail = [0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113];

/**
 * Walks the chunks of a RIFF, RIFX (big-endian) or RF64 (64-bit sizes) file up to its format and samples.
 *
 * @throws ToolkitError `bad-format`, `truncated`, `unsupported` for compressed samples, `bad-value` if there is no sample
 */
export async function readWavLayout(source: ByteSource): Promise<WavLayout> {
  const { name, byteLength } = source;
  const start = await source.read(0, Math.min(12, byteLength));
  const kind = ascii(start, 0, 4);
  if (!["RIFF", "RIFX", "RF64"].includes(kind) || (start.length === 12 && ascii(start, 8, 12) !== "WAVE")) {
    const foreign = foreignKind(start);
    throw new ToolkitError(
      "bad-format",
      `${name}: is no WAV file: bytes 0 to 12 are ${JSON.stringify(ascii(start, 0, 12))}${foreign && foreign !== "a WAV file" ? ` (${foreign})` : ""}; a WAV file starts with RIFF, RIFX or RF64, 4 bytes, WAVE`,
    );
  }
  if (byteLength < 44) {
    throw new ToolkitError("truncated", `${name}: has ${byteLength} bytes; a WAV file has at least 44`);
  }
  const littleEndian = kind !== "RIFX";
  const warnings: FormatWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message: `${name}: ${message}` });
  let format: Format | undefined;
  let longDataBytes: number | undefined;
  let data: { start: number; bytes: number } | undefined;

  let at = 12;
  for (let chunks = 0; at + 8 <= byteLength && !(format && data); chunks++) {
    if (chunks === maximumChunks) {
      throw new ToolkitError(
        "bad-format",
        `${name}: has more than ${maximumChunks} chunks before byte ${at}; it is damaged`,
      );
    }
    const header = await source.read(at, at + 8);
    const id = ascii(header, 0, 4);
    const size = view(header).getUint32(4, littleEndian);
    if (!isChunkId(header)) {
      throw new ToolkitError(
        "bad-format",
        `${name}: the chunk at byte ${at} is named ${JSON.stringify(id)}; 4 printable characters are needed, an earlier size is wrong`,
      );
    }
    const body = at + 8;
    if (id === "fmt ") {
      format = parseFormat(name, await chunkBody(source, id, body, size, 16, 40), body, littleEndian);
    } else if (id === "ds64" && kind === "RF64") {
      const sizes = view(await chunkBody(source, id, body, size, 24, 24));
      longDataBytes = Number(sizes.getBigUint64(8, true));
    } else if (id === "data") {
      data = { start: body, bytes: await dataBytes(source, body, size, longDataBytes, warn) };
    }
    const bytes = id === "data" ? data!.bytes : size;
    at = body + bytes + (bytes % 2);
  }
  if (!format || !data) {
    const missing = format ? "data" : "fmt";
    throw new ToolkitError("bad-format", `${name}: has no ${missing} chunk in its ${byteLength} bytes; it is damaged`);
  }
  const frameBytes = format.channels * format.containerBytes;
  const samples = Math.floor(data.bytes / frameBytes);
  if (samples === 0) {
    throw new ToolkitError(
      "bad-value",
      `${name}: has no samples: its data chunk at byte ${data.start} has ${data.bytes} bytes, one sample of ${format.channels} channels needs ${frameBytes}`,
    );
  }
  if (data.bytes > samples * frameBytes) {
    warn("partial-sample", `the last ${data.bytes - samples * frameBytes} data bytes are no whole sample; left out`);
  }
  return { ...format, samples, littleEndian, dataStart: data.start, warnings };
}

async function chunkBody(
  source: ByteSource,
  id: string,
  start: number,
  size: number,
  minimum: number,
  maximum: number,
): Promise<Uint8Array> {
  if (size >= minimum) return source.read(start, start + Math.min(size, maximum));
  throw new ToolkitError(
    "bad-format",
    `${source.name}: chunk "${id}" at byte ${start - 8} has ${size} bytes; it needs at least ${minimum}`,
  );
}

function parseFormat(name: string, bytes: Uint8Array, byte: number, littleEndian: boolean): Format {
  const fields = view(bytes);
  const uint16 = (at: number) => fields.getUint16(at, littleEndian);
  const bad = (what: string) => new ToolkitError("bad-format", `${name}: fmt chunk at byte ${byte}: ${what}`);
  const channels = uint16(2);
  const rateHz = fields.getUint32(4, littleEndian);
  const frameBytes = uint16(12);
  const storedBits = uint16(14);
  let tag = uint16(0);
  let bitsPerSample = storedBits;
  if (tag === 0xfffe) {
    if (bytes.length < 40) throw bad(`is extensible but has ${bytes.length} bytes; 40 are needed`);
    // RIFX writers store the identifier's first field either way round
    tag = uint16(24) || uint16(26);
    if (plainTagTail.some((value, i) => i > 1 && value !== bytes[26 + i])) tag = 0xfffe;
    if (uint16(18) > 0) bitsPerSample = Math.min(storedBits, uint16(18));
  }
  if (tag !== 1 && tag !== 3) {
    const known = unsupportedTags[tag];
    throw new ToolkitError(
      "unsupported",
      `${name}: fmt chunk at byte ${byte}: samples are stored as ${known ?? "format"} 0x${tag.toString(16)}; convert them to PCM (1) or float (3)`,
    );
  }
  if (channels === 0 || rateHz === 0) throw bad(`has ${channels} channels at ${rateHz} Hz; both must be above 0`);
  const containerBytes = frameBytes / channels;
  if (!Number.isInteger(containerBytes) || containerBytes * 8 < storedBits || storedBits === 0) {
    throw bad(`${channels} channels of ${storedBits} bits do not fill frames of ${frameBytes} bytes`);
  }
  const sampleFormat = tag === 3 ? "float" : "integer";
  const known = sampleFormat === "float" ? [4, 8] : [1, 2, 3, 4, 8];
  if (!known.includes(containerBytes) || (sampleFormat === "float" && storedBits !== 8 * containerBytes)) {
    throw new ToolkitError(
      "unsupported",
      `${name}: fmt chunk at byte ${byte}: ${sampleFormat} samples of ${storedBits} bits in ${containerBytes} bytes; convert them to 16, 24 or 32 bits`,
    );
  }
  return { rateHz, channels, sampleFormat, bitsPerSample, containerBytes };
}

/** How many bytes of samples there are: what the header says, or what is there where the header says nothing or lies. */
async function dataBytes(
  source: ByteSource,
  start: number,
  stated: number,
  longDataBytes: number | undefined,
  warn: (code: string, message: string) => void,
): Promise<number> {
  const held = source.byteLength - start;
  const size = longDataBytes !== undefined && stated === 0xffffffff ? longDataBytes : stated;
  const isStream = size === 0xffffffff || (size === 0 && held > 0 && !(await isChunk(source, start)));
  if (isStream) {
    warn("streamed", `the size of the data chunk is ${size}, left open by the writer; the file holds ${held} bytes`);
    return held;
  }
  if (size <= held) return size;
  warn(
    "early-end",
    `the data chunk should have ${size} bytes from byte ${start} on, the file holds ${held}; those are read`,
  );
  return held;
}

async function isChunk(source: ByteSource, at: number): Promise<boolean> {
  if (at + 8 > source.byteLength) return false;
  const header = await source.read(at, at + 8);
  return isChunkId(header) && at + 8 + view(header).getUint32(4, true) <= source.byteLength;
}

function isChunkId(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4).every((value) => value >= 32 && value <= 126);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import type { ByteSource } from "./byteSource.ts";
import { readEdfAnnotations, readStartOffset } from "./edfAnnotations.ts";
import { readEdfHeader } from "./edfHeader.ts";
import { readPieces } from "./edfPieces.ts";
import type { EdfRecording, EdfSignal } from "./edfRecording.ts";
import { decodeDigitalInto, decodePhysicalInto } from "./edfSamples.ts";
import { readEdfSegments } from "./edfSegments.ts";
import { durations } from "./segments.ts";
import { windowReaders } from "./windowReaders.ts";

/** Options of `openEdf`. */
export interface OpenEdfOptions {
  /** Read the whole records of a file that ends before its header says, with a warning. Default false: refuse it. */
  readonly allowTruncated?: boolean;
}

/** Defaults of `openEdf`. */
export const openEdfDefaults = { allowTruncated: false } as const satisfies OpenEdfOptions;

/**
 * Opens an EDF or BDF file, plain, EDF+C or EDF+D (with gaps): reads and checks its header and the first annotation, no
 * samples; of a file with gaps the time of every record. Windows are read by byte range, so a file may be far larger than
 * memory. Formats: Kemp et al. 1992; Kemp & Olivan 2003 (EDF+); BioSemi (BDF, 24 bits).
 *
 * Physical values are (digital - digitalMinimum) * gain + physicalMinimum with
 * gain = (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum), in float64.
 *
 * @param source the file; the recording uses it until it is closed
 * @throws ToolkitError `bad-format` if it is no such file or its header contradicts itself, `truncated` if it ends before
 * its header says
 */
export async function openEdf(source: ByteSource, options: OpenEdfOptions = {}): Promise<EdfRecording> {
  const { allowTruncated } = { ...openEdfDefaults, ...options };
  const header = await readEdfHeader(source, allowTruncated);
  const { signals, sampleBytes, records, recordSeconds } = header;
  const warnings = [...header.warnings];
  const startOffsetSeconds = await readStartOffset(source, header, warnings);
  const segments = await readEdfSegments(source, header, startOffsetSeconds, warnings);
  let annotationsRead = false;

  return {
    name: source.name,
    format: header.format,
    patient: header.patient,
    recording: header.recording,
    ...(header.startTime ? { startTime: header.startTime } : {}),
    startOffsetSeconds,
    recordSeconds,
    records,
    ...durations(segments),
    signals,
    segments,
    warnings,
    ...windowReaders({
      name: source.name,
      signals,
      segments,
      physical: (indices, { startSample, endSample, at }, out) => {
        const scales = indices.map((index) => scaleOf(signals[index]!));
        return readPieces(source, header, indices, startSample, endSample, (bytes, offset, piece) => {
          const count = (piece.end - piece.start) / sampleBytes;
          const to = at + piece.sample - startSample;
          decodePhysicalInto(bytes, offset, sampleBytes, count, scales[piece.channel]!, out[piece.channel]!, to);
        });
      },
      digital: (indices, { startSample, endSample, at }, out) =>
        readPieces(source, header, indices, startSample, endSample, (bytes, offset, piece) => {
          const count = (piece.end - piece.start) / sampleBytes;
          decodeDigitalInto(bytes, offset, sampleBytes, count, out[piece.channel]!, at + piece.sample - startSample);
        }),
    }),
    annotations: async () => {
      const result = await readEdfAnnotations(source, header, startOffsetSeconds, segments);
      if (!annotationsRead) warnings.push(...result.warnings);
      annotationsRead = true;
      return result.annotations;
    },
    close: () => source.close(),
  };
}

function scaleOf({ digitalMinimum, digitalMaximum, physicalMinimum, physicalMaximum }: EdfSignal) {
  return {
    digitalMinimum,
    gain: (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum),
    physicalMinimum,
  };
}

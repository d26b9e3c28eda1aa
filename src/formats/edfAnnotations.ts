import type { ByteSource } from "./byteSource.ts";
import type { EdfHeader } from "./edfHeader.ts";
import { readPieces } from "./edfPieces.ts";
import { parseTals, type Tal } from "./edfTals.ts";
import type { Annotation, FormatWarning, Segment } from "./recording.ts";
import { recordedAt } from "./segments.ts";

/** A record's own time may be this far from where a continuous recording has it. */
const sameSeconds = 1e-3;

/**
 * The onset of the first time-keeping list: what to add to the header's start; 0 where there is none.
 *
 * @param warnings gets `no-time-keeping`
 */
export async function readStartOffset(
  source: ByteSource,
  header: EdfHeader,
  warnings: FormatWarning[],
): Promise<number> {
  const keeper = header.signals.find(({ isAnnotations }) => isAnnotations);
  if (!keeper || header.records === 0) return 0;
  const start = header.headerBytes + header.signalOffsets[keeper.index]!;
  const bytes = await source.read(start, start + keeper.samplesPerRecord * header.sampleBytes);
  const { tals, badOffsets } = parseTals(bytes);
  if (tals[0] && badOffsets[0] !== 0) return tals[0].onsetSeconds;
  warnings.push({
    code: "no-time-keeping",
    message: `${source.name}: signal "${keeper.label}" (number ${keeper.index}) starts with no time-keeping list at byte ${start}; the start is taken to be a whole second`,
  });
  return 0;
}

/**
 * Reads all annotations of an EDF+ or BDF+ file, from every annotations signal, by onset.
 *
 * @param startOffsetSeconds the time of the first record; onsets count from there
 * @param segments for what lies outside them
 * @returns the annotations, and the warnings `bad-annotation` and, in a continuous file, `time-jump`
 */
export async function readEdfAnnotations(
  source: ByteSource,
  header: EdfHeader,
  startOffsetSeconds: number,
  segments: readonly Segment[],
): Promise<{ annotations: Annotation[]; warnings: FormatWarning[] }> {
  const annotations: Annotation[] = [];
  const warnings: FormatWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message: `${source.name}: ${message}` });
  const { sampleBytes, recordSeconds, format } = header;
  // of a file that holds annotations only nobody knows how long the recording is
  const hasSamples = header.signals.some(({ isAnnotations, samples }) => !isAnnotations && samples > 0);
  const recorded = hasSamples ? recordedAt(segments) : () => true;
  const holders = header.signals.filter(({ isAnnotations, samples }) => isAnnotations && samples > 0);
  let late = 0;

  const checkTime = (record: number, onsetSeconds: number) => {
    const expected = startOffsetSeconds + record * recordSeconds;
    // each jump once: the records behind it are all as late
    if (Math.abs(onsetSeconds - expected - late) <= sameSeconds) return;
    late = onsetSeconds - expected;
    warn("time-jump", `record ${record} says it starts at ${onsetSeconds} s; a continuous recording is at ${expected}`);
  };
  const add = ({ onsetSeconds, durationSeconds }: Tal, text: string) => {
    const onset = onsetSeconds - startOffsetSeconds;
    // EDF+ writes the label of the only signal it is about behind the text
    const at = text.lastIndexOf("@@");
    const about = at < 0 ? [] : header.signals.filter(({ label }) => label === text.slice(at + 2));
    annotations.push({
      onsetSeconds: onset,
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      ...(about.length === 1 ? { text: text.slice(0, at), signal: about[0]!.index } : { text }),
      ...(recorded(onset) ? {} : { outOfRange: true }),
    });
  };
  for (const holder of holders) {
    const { samplesPerRecord, samples, index, label } = holder;
    const whole = new Uint8Array(samplesPerRecord * sampleBytes);
    await readPieces(source, header, [index], 0, samples, (bytes, offset, { record, sample, start, end }) => {
      const inRecord = (sample - record * samplesPerRecord) * sampleBytes;
      whole.set(bytes.subarray(offset, offset + end - start), inRecord);
      if (inRecord + end - start < whole.length) return;
      const { tals, badOffsets } = parseTals(whole);
      for (const bad of badOffsets) {
        const byte = end - whole.length + bad;
        warn("bad-annotation", `signal "${label}" has a list at byte ${byte} that is not as EDF+ says; it is left out`);
      }
      tals.forEach((tal, t) => {
        const keepsTime = holder === holders[0] && t === 0 && tal.texts[0] === "";
        if (keepsTime && !format.endsWith("+D")) checkTime(record, tal.onsetSeconds);
        for (const text of keepsTime ? tal.texts.slice(1) : tal.texts) add(tal, text);
      });
    });
  }
  // sort is stable, so that equal onsets keep the file's order
  annotations.sort((a, b) => a.onsetSeconds - b.onsetSeconds);
  return { annotations, warnings };
}

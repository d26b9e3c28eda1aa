import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import type { EdfHeader } from "./edfHeader.ts";
import { leadingOnset } from "./edfTals.ts";
import { readAhead } from "./readAhead.ts";
import type { FormatWarning, Segment, SegmentSamples } from "./recording.ts";
import { layOut, type Stretch } from "./segments.ts";

/** A time-keeping list is a number and three characters; more of a record's annotations need not be read. */
const keeperBytes = 64;

/** Onsets are decimals that a recorder rounds: what is closer than this to following on does follow on. */
const leastGapSeconds = 1e-3;

/** Three days of records of a second, each with a gap behind it. */
const maximumSegments = 2 ** 18;

/**
 * The segments of a file. A continuous file is one; of EDF+D and BDF+D the time of every record is read, and a record
 * starts a segment if its time is not where the one before ends: more than 1 ms and more than half a sample off.
 *
 * @param startOffsetSeconds the time of the first record
 * @param warnings gets `no-time-keeping`, `segment-overlap` and `clock-drift`
 * @throws ToolkitError `bad-format` for more gaps than any recording has
 */
export async function readEdfSegments(
  source: ByteSource,
  header: EdfHeader,
  startOffsetSeconds: number,
  warnings: FormatWarning[],
): Promise<Segment[]> {
  const { name } = source;
  const { records, recordSeconds } = header;
  const keeper = header.signals.find(({ isAnnotations }) => isAnnotations);
  if (!header.format.endsWith("+D") || !keeper || records === 0 || recordSeconds === 0) {
    return layOut([stretch(header, 0, records)]);
  }
  const fastestHz = Math.max(
    0,
    ...header.signals.filter((signal) => !signal.isAnnotations).map(({ rateHz }) => rateHz),
  );
  const tolerance = Math.max(leastGapSeconds, fastestHz > 0 ? 0.5 / fastestHz : 0);
  const stretches: Stretch[] = [];
  let [first, firstOnset, gap] = [0, startOffsetSeconds, undefined as number | undefined];
  let [timeless, overlaps, drift] = [0, 0, 0];
  let end = startOffsetSeconds;
  const close = (record: number) => {
    stretches.push({ ...stretch(header, first, record), ...(gap === undefined ? {} : { gapSeconds: gap }) });
    if (stretches.length <= maximumSegments) return;
    throw new ToolkitError(
      "bad-format",
      `${name}: has more than ${maximumSegments} gaps up to record ${record}; its time-keeping is damaged`,
    );
  };
  await readOnsets(source, header, keeper.index, (record, stated) => {
    if (record === 0) stated = startOffsetSeconds;
    else if (stated === undefined) timeless++;
    const onset = stated ?? end;
    if (Math.abs(onset - end) > tolerance) {
      close(record);
      // what the segment lacks by its own clock too: its records may each come a little late
      gap = onset - (firstOnset + (record - first) * recordSeconds);
      if (onset < end) overlaps++;
      [first, firstOnset] = [record, onset];
    }
    drift = Math.max(drift, Math.abs(onset - firstOnset - (record - first) * recordSeconds));
    end = onset + recordSeconds;
  });
  close(records);
  const warn = (code: string, message: string) => warnings.push({ code, message: `${name}: ${message}` });
  if (timeless > 0) {
    warn(
      "no-time-keeping",
      `${timeless} of ${records} records do not start with a time-keeping list; they are taken to follow on`,
    );
  }
  if (overlaps > 0) {
    warn("segment-overlap", `${overlaps} segments start before the one in front of them ends; the times are kept`);
  }
  if (drift > tolerance) {
    warn(
      "clock-drift",
      `within a segment records come up to ${drift} s off what their length says; samples are taken to be evenly spaced`,
    );
  }
  return layOut(stretches);
}

/** Hands on the time of each record, in order; `undefined` where it has none. */
async function readOnsets(
  source: ByteSource,
  header: EdfHeader,
  keeper: number,
  take: (record: number, onsetSeconds: number | undefined) => void,
): Promise<void> {
  const { headerBytes, recordBytes, records, sampleBytes, signals, signalOffsets } = header;
  const bytesOfKeeper = Math.min(keeperBytes, signals[keeper]!.samplesPerRecord * sampleBytes);
  function* keepers() {
    for (let record = 0; record < records; record++) {
      const start = headerBytes + record * recordBytes + signalOffsets[keeper]!;
      yield { record, start, end: start + bytesOfKeeper };
    }
  }
  await readAhead(source, keepers(), (bytes, offset, { record }) => {
    take(record, leadingOnset(bytes.subarray(offset, offset + bytesOfKeeper)));
  });
}

function stretch({ signals, recordSeconds }: EdfHeader, firstRecord: number, endRecord: number): Stretch {
  const records = endRecord - firstRecord;
  const samples = new Map<number, SegmentSamples>();
  for (const { isAnnotations, rateHz, samplesPerRecord } of signals) {
    if (isAnnotations || samples.has(rateHz)) continue;
    samples.set(rateHz, {
      rateHz,
      startSample: firstRecord * samplesPerRecord,
      samples: records * samplesPerRecord,
    });
  }
  return { durationSeconds: records * recordSeconds, samples: [...samples.values()] };
}

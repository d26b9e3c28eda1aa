import { ToolkitError } from "../core/error.ts";
import { channelType } from "./channelType.ts";
import { describe, numberOf, textOf } from "./eeglabFields.ts";
import type { MatArray } from "./matArray.ts";
import type { ChannelType, FormatWarning, RecordingSignal } from "./recording.ts";
import { parseUnit, unitWarnings } from "./units.ts";

/** A signal of an EEGLAB dataset. */
export interface EeglabSignal extends RecordingSignal {
  /** What it was measured against, where the dataset says. */
  readonly reference?: string;
}

/** What an EEGLAB dataset says of itself, data and events apart. */
export interface EeglabHeader {
  readonly setName?: string;
  readonly rateHz: number;
  readonly channels: number;
  /** Samples of an epoch; of the whole recording if there is one. */
  readonly epochSamples: number;
  readonly epochs: number;
  /** Time of an epoch's first sample from the event it is cut around. */
  readonly epochStartSeconds: number;
  /** Reference of the dataset as it writes it, such as `common` or `averef`. */
  readonly reference?: string;
  readonly signals: readonly EeglabSignal[];
  readonly warnings: FormatWarning[];
}

/** More than any amplifier or memory has; what states more is damaged. */
const limits = { channels: 2 ** 16, epochs: 2 ** 18 };

const types: Readonly<Record<string, ChannelType>> = {
  eeg: "eeg",
  eog: "eog",
  heog: "eog",
  veog: "eog",
  ecg: "ecg",
  ekg: "ecg",
  emg: "emg",
  ref: "reference",
  reference: "reference",
  trig: "trigger",
  trigger: "trigger",
  stim: "trigger",
  status: "trigger",
  resp: "respiration",
  respiration: "respiration",
  temp: "temperature",
  temperature: "temperature",
  audio: "audio",
  misc: "misc",
  aux: "misc",
};

/** Types whose numbers are no voltage; nothing says what they are. */
const noVoltage: readonly ChannelType[] = ["trigger", "respiration", "temperature", "audio"];

/**
 * Reads the sizes, the rate and the channels of a dataset.
 *
 * EEGLAB has no unit; by its convention values are microvolts, so `uV` it is, but for channels that are stated to be no
 * voltage and those whose `chanlocs.unit` says otherwise.
 *
 * @param name the file
 * @throws ToolkitError `bad-format` if a size or the rate is missing or impossible
 */
export async function parseEeglabHeader(name: string, fields: ReadonlyMap<string, MatArray>): Promise<EeglabHeader> {
  const warnings: FormatWarning[] = [];
  const size = async (field: string, { otherwise, most }: { otherwise?: number; most: number }) => {
    const value = (await numberOf(fields.get(field))) ?? otherwise;
    if (value !== undefined && Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw defect(name, field, fields.get(field), `a whole number from 0 to ${most}`);
  };
  const channels = await size("nbchan", { most: limits.channels });
  const epochSamples = await size("pnts", { most: 2 ** 40 });
  const epochs = Math.max(1, await size("trials", { otherwise: 1, most: limits.epochs }));
  if (channels === 0) throw new ToolkitError("bad-format", `${name}: nbchan is 0; a recording has channels`);
  const rateHz = await numberOf(fields.get("srate"));
  if (rateHz === undefined || !(rateHz > 0 && rateHz < 1e9)) {
    throw defect(
      name,
      "srate",
      fields.get("srate"),
      `a sampling rate in Hz${rateHz === undefined ? "" : `, not ${rateHz}`}`,
    );
  }
  const start = await numberOf(fields.get("xmin"));
  const reference = textOf(fields.get("ref"));
  const setName = textOf(fields.get("setname"));
  const layout = { rateHz, channels, samples: epochSamples * epochs, reference };
  const signals = await readSignals(name, fields.get("chanlocs"), layout, warnings);
  warnings.push(...unitWarnings(name, signals));
  return {
    ...(setName === undefined ? {} : { setName }),
    rateHz,
    channels,
    epochSamples,
    epochs,
    epochStartSeconds: start !== undefined && Number.isFinite(start) ? start : 0,
    ...(reference === undefined ? {} : { reference }),
    signals,
    warnings,
  };
}

function defect(name: string, field: string, found: MatArray | undefined, needed: string): ToolkitError {
  const is = found === undefined ? "is missing" : `is ${describe(found)}`;
  return new ToolkitError("bad-format", `${name}: the field ${field} ${is}; it must be ${needed}`);
}

async function readSignals(
  name: string,
  chanlocs: MatArray | undefined,
  layout: { rateHz: number; channels: number; samples: number; reference: string | undefined },
  warnings: FormatWarning[],
): Promise<EeglabSignal[]> {
  const { rateHz, channels, samples, reference } = layout;
  const places = chanlocs?.kind === "struct" ? chanlocs.elements : [];
  const warn = (code: string, message: string) => warnings.push({ code, message: `${name}: ${message}` });
  if (places.length > channels) {
    warn("extra-channels", `chanlocs has ${places.length} entries for ${channels} channels; the last are left out`);
  }
  const signals: EeglabSignal[] = [];
  let unnamed = 0;
  for (let index = 0; index < channels; index++) {
    const place = places[index];
    const stated = textOf(place?.get("labels")) ?? (await numberOf(place?.get("labels")))?.toString();
    if (stated === undefined) unnamed++;
    const label = stated ?? String(index + 1);
    const own = textOf(place?.get("ref")) ?? reference;
    const kind = types[(textOf(place?.get("type")) ?? "").toLowerCase()] ?? (label === own ? "reference" : undefined);
    const unit = textOf(place?.get("unit")) ?? (kind && noVoltage.includes(kind) ? "" : "uV");
    const { voltsPerUnit } = parseUnit(unit);
    signals.push({
      index,
      label,
      unit,
      ...(voltsPerUnit === undefined ? {} : { voltsPerUnit }),
      ...channelType(label, unit, kind),
      ...(own === undefined ? {} : { reference: own }),
      rateHz,
      samples,
      isAnnotations: false,
    });
  }
  if (unnamed > 0) {
    warn(
      "no-labels",
      `chanlocs names ${channels - unnamed} of ${channels} channels; the others are called by their number from 1`,
    );
  }
  return signals;
}

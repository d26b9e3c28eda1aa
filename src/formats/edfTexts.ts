import { channelType } from "./channelType.ts";
import type { Annotation, ChannelType, FormatWarning, RecordingSignal } from "./recording.ts";

/** The words that EDF+ begins a label with, which tell the type of the signal. */
const typeWords: Partial<Record<ChannelType, string>> = {
  eeg: "EEG",
  eog: "EOG",
  ecg: "ECG",
  emg: "EMG",
  reference: "Ref",
  trigger: "Trig",
  respiration: "Resp",
  temperature: "Temp",
  audio: "Sound",
};

/** Letters that units and labels have and ASCII lacks. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/[\u00b5\u03bc]/g, "u"],
  [/[\u03a9\u2126]/g, "Ohm"],
  [/\u00b0/g, "deg"],
  [/\u00b2/g, "^2"],
];

/** Text as a header of EDF can hold it: printable ASCII, accents removed, other characters as `_`. */
export function asciiText(text: string, width: number): string {
  const spelled = spellings.reduce((result, [pattern, word]) => result.replace(pattern, word), text);
  return spelled
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^\x20-\x7e]/g, "_")
    .slice(0, width)
    .trim();
}

/**
 * Labels for the header: the signals' own as far as ASCII and 16 characters allow, with the type's word in front where only
 * the source's header tells the type, no two alike unless they are in the source.
 *
 * @param warnings gets `label-changed` and `type-lost`
 */
export function edfLabels(name: string, signals: readonly RecordingSignal[], warnings: FormatWarning[]): string[] {
  const given = new Map<string, string>();
  return signals.map(({ label: own, type, typeSource, unit, index }) => {
    const found = channelType(own, unit).type === type || typeSource === "none";
    const word = found ? undefined : typeWords[type];
    if (!found && !word) {
      const message = `${name}: signal "${own}" (number ${index}) is of type ${type}, which no label of EDF+ says`;
      warnings.push({ code: "type-lost", message });
    }
    let label = asciiText(word ? `${word} ${own}` : own, 16);
    for (let n = 2; label !== own && (given.get(label) ?? own) !== own; n++) {
      label = `${label.slice(0, 15 - String(n).length)}~${n}`;
    }
    given.set(label, own);
    if (label !== own) {
      const message = `${name}: signal "${own}" (number ${index}) becomes "${label}"`;
      warnings.push({ code: "label-changed", message });
    }
    return label;
  });
}

/**
 * The text of an annotation in EDF+, which has no kinds: `Stimulus/S  1`, as MNE writes a type; the label of the only signal
 * it is about follows after `@@`, as EDF+ says.
 *
 * @param labels by number of the signal in the source; missing for one that is not written
 */
export function annotationText({ text, type, signal }: Annotation, labels: ReadonlyMap<number, string>): string {
  const named = type === undefined ? text : [type, text].filter(Boolean).join("/");
  const label = signal === undefined ? undefined : labels.get(signal);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters the format uses itself
  const clean = named.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, " ");
  return label === undefined ? clean : `${clean}@@${label}`;
}

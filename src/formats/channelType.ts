import type { ChannelType, ChannelTypeSource } from "./recording.ts";
import { parseUnit } from "./units.ts";

/** The first word of a label and the type it stands for: the types of EDF+, and what recorders call the same things. */
const words: readonly (readonly [RegExp, ChannelType])[] = [
  [/^EEG(?![a-z])/i, "eeg"],
  [/^[HVLRI]?EOG[HVLRUD]?(?![a-z])/i, "eog"],
  [/^E[CK]G(?![a-z])/i, "ecg"],
  [/^EMG(?![a-z])/i, "emg"],
  [/^(Resp|Respiration)(?![a-z])/i, "respiration"],
  [/^(Temp|Temperature)(?![a-z])/i, "temperature"],
  [/^(Sound|Audio)(?![a-z])/i, "audio"],
  [/^(Event|Status|Trigger|Trig|STI|Stim)(?![a-z])/i, "trigger"],
  [/^(Ref|Reference)(?![a-z])/i, "reference"],
  [/^(MEG|MCG|ERG|EP(?=\s)|SaO2|SpO2|Light|GSR|EDA|Pleth|PPG|Dist|Weight|Press|Flow)(?![a-z])/i, "misc"],
];

/**
 * The type of a signal and what tells it. An electrode's name alone (`Fp1`, `A12`) tells nothing: amplifiers put other
 * things on the same sockets.
 *
 * @param header what a field of the header says for certain, if there is one that does
 */
export function channelType(
  label: string,
  unit: string,
  header?: ChannelType,
): { type: ChannelType; typeSource: ChannelTypeSource } {
  if (header) return { type: header, typeSource: "header" };
  const word = words.find(([pattern]) => pattern.test(label));
  if (word) return { type: word[1], typeSource: "label" };
  if (parseUnit(unit).kind === "other") return { type: "misc", typeSource: "unit" };
  return { type: "unknown", typeSource: "none" };
}

import { type ChannelType, type StudyChannel, ToolkitError } from "../../src/index.ts";
import { type Fields, fieldsOf, listField, numberField, textField, textsField } from "./fields.ts";

/** Kinds of channels in MNE's info (FIFF constants); all others count as misc. */
const kinds: Readonly<Record<number, ChannelType>> = {
  2: "eeg",
  3: "trigger",
  202: "eog",
  302: "emg",
  402: "ecg",
  502: "misc",
};

/**
 * The channels of a raw recording, in the order of its rows. Their types come from `kind`, never from their names: in this corpus
 * the channel named ECG is of kind misc, and the real references are AUX1 (ECG) and AUX3 (EOG).
 *
 * @param info of a subject, as MNE writes it: `chs`, perhaps `ch_names` and `bads`
 * @throws ToolkitError `bad-format` if the lists contradict each other, `bad-value` if no channel is EEG
 */
export function rawChannels(info: Fields): StudyChannel[] {
  const bads = Object.hasOwn(info.entries, "bads") ? textsField(info, "bads") : [];
  const channels = listField(info, "chs").map((entry, c): StudyChannel => {
    const fields = fieldsOf(`${info.where}: chs ${c}`, entry);
    const name = textField(fields, "ch_name");
    const type = kinds[numberField(fields, "kind")] ?? "misc";
    return bads.includes(name) ? { name, type, bad: true } : { name, type };
  });
  const names = Object.hasOwn(info.entries, "ch_names") ? textsField(info, "ch_names") : undefined;
  const other = names?.findIndex((name, c) => name !== channels[c]?.name) ?? -1;
  if (names && (names.length !== channels.length || other >= 0)) {
    throw new ToolkitError(
      "bad-format",
      `${info.where}: ch_names has ${names.length} names, chs ${channels.length}, and they must be the same ones`,
    );
  }
  if (channels.some(({ type }) => type === "eeg")) return channels;
  throw new ToolkitError("bad-value", `${info.where}: none of the ${channels.length} channels is of kind EEG (2)`);
}

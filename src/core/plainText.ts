/**
 * A label from a file or a command line as text that a terminal can print: escape sequences are dropped whole, tabs and ends of
 * lines become spaces, other control characters and those that turn the direction of writing are dropped. Letters of
 * every script stay.
 *
 * Sequences are those of ECMA-48: CSI (`ESC [` or its one-character form) with parameters and a final character, strings (OSC,
 * DCS, SOS, PM, APC) with what they hold up to their end, and `ESC` with one character.
 *
 * @param label any text
 * @returns one line without control characters
 */
export function plainText(label: string): string {
  return label.replace(strings, "").replace(sequences, "").replace(lineBreaks, " ").replace(unprintable, "");
}

const [escapeCode, bell, eightBitSequence] = [0x1b, 0x07, 0x9b].map((code) => String.fromCharCode(code)) as [
  string,
  string,
  string,
];
const eightBitStrings = [0x90, 0x98, 0x9d, 0x9e, 0x9f].map((code) => String.fromCharCode(code)).join("");
const stringTerminator = String.fromCharCode(0x9c);

// patterns are put together from codes, so that no control character stands in this file
const strings = new RegExp(
  `(?:${escapeCode}[PX\\]^_]|[${eightBitStrings}])[^${bell}${escapeCode}${stringTerminator}]*(?:${bell}|${escapeCode}\\\\|${stringTerminator})`,
  "gu",
);
const sequences = new RegExp(
  `(?:${escapeCode}\\[|${eightBitSequence})[0-?]*[ -/]*[@-~]|${escapeCode}[ -/]*[0-~]`,
  "gu",
);
const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
const unprintable = /[\p{Cc}\p{Bidi_Control}\p{Cs}\ufeff]/gu;

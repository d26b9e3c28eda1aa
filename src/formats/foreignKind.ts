/** Starts of files that are often given the wrong name. */
const starts: readonly (readonly [start: string, kind: string])[] = [
  ["RIFF", "a WAV file"],
  ["RIFX", "a WAV file"],
  ["RF64", "a WAV file"],
  ["\u0089PNG", "a PNG image"],
  ["PK\u0003\u0004", "a ZIP archive"],
  ["\u001f\u008b", "a gzip archive"],
  ["\u0089HDF", "an HDF5 file without MATLAB's header"],
  ["MATLAB", "a MATLAB file"],
  ["\u0093NUMPY", "an NPY file"],
  ["%PDF", "a PDF document"],
  ["Brain Vision Data Exchange Marker", "a BrainVision marker file; name the header, .vhdr"],
  ["Brain Vision", "a BrainVision header"],
  ["BrainVision", "a BrainVision header"],
  ["version https://git-lfs", "a Git LFS pointer; fetch the file itself"],
  ["/annex/objects", "a git-annex pointer; fetch the file itself"],
  ["0       ", "an EDF file"],
  ["\u00ffBIOSEMI", "a BDF file"],
  ["fLaC", "a FLAC file"],
  ["ID3", "an MP3 file"],
  ["OggS", "an Ogg file"],
];

/**
 * What a file's first bytes look like, for the message that refuses it.
 *
 * @returns such as `a PNG image`; `text` if all bytes are printable; `undefined` if nothing is known
 */
export function foreignKind(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  const known = starts.find(([start]) => text.startsWith(start));
  if (known) return known[1];
  if (text.length > 0 && /^[\t\r\n\x20-\x7e]*$/.test(text)) return "text";
  return undefined;
}

import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the address of the file's end is stored, by version of the superblock (HDF5 file format, section II.A). */
const endOffsets: Readonly<Record<number, { sizes: number; end: number }>> = {
  0: { sizes: 13, end: 40 },
  1: { sizes: 13, end: 44 },
  2: { sizes: 9, end: 28 },
  3: { sizes: 9, end: 28 },
};

/**
 * Checks that a file is HDF5 and as long as it says.
 *
 * @param source the file; a few bytes are read
 * @throws ToolkitError `bad-format` if it has no signature, `truncated` if it ends before its superblock says
 */
export async function checkHdf5Superblock(source: ByteSource): Promise<void> {
  const { name, byteLength } = source;
  // the signature is at 0 or, behind something else, at a power of two from 512
  for (let start = 0; start + signature.length <= byteLength; start = start === 0 ? 512 : 2 * start) {
    const bytes = await source.read(start, Math.min(byteLength, start + 52));
    if (!signature.every((byte, i) => bytes[i] === byte)) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const places = bytes.length > 8 ? endOffsets[bytes[8]!] : undefined;
    if (places === undefined || bytes[places.sizes] !== 8 || bytes.length < places.end + 8) return;
    const end = Number(view.getBigUint64(places.end, true));
    if (end <= byteLength) return;
    throw new ToolkitError("truncated", `${name}: has ${byteLength} bytes of ${end}; it is cut short, get it again`);
  }
  throw new ToolkitError("bad-format", `${name}: is no HDF5 file; it has no HDF5 signature`);
}

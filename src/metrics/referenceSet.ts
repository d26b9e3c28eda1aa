/** Which references the interference was measured against: the scores depend on them, but not on their order. */
export interface ReferenceSet {
  /** Number of references given. */
  readonly count: number;
  /** Numbers of those that entered the equations; silent ones and copies of others did not. */
  readonly members: readonly number[];
  /**
   * Number of members, channels and samples, and 64 bits of hash (FNV-1a) over the members' samples: the same for the same
   * members in any order, such as `2x1x480000-09ab34cd5e6f7081`. Gains count. Not for adversaries.
   */
  readonly fingerprint: string;
}

/**
 * Names a set of references.
 *
 * @param sources all references, [sources][channels][samples]
 * @param members numbers of those in the equations
 */
export function referenceSet(sources: readonly (readonly Float64Array[])[], members: readonly number[]): ReferenceSet {
  const hashes = members.map((j) => hash(sources[j]!)).sort();
  let first = 0x811c9dc5;
  let second = 0x6c62272e;
  for (const character of hashes.join()) {
    first = Math.imul(first ^ character.charCodeAt(0), 0x01000193);
    second = mixed(second, first);
  }
  const [channels, samples] = [sources[0]!.length, sources[0]![0]!.length];
  return {
    count: sources.length,
    members,
    fingerprint: `${members.length}x${channels}x${samples}-${hex(first)}${hex(second)}`,
  };
}

/** Four hashes side by side, over the halves of even and odd samples, which takes half the time of two. */
function hash(channels: readonly Float64Array[]): string {
  let [a, b, c, d] = [0x811c9dc5, 0x6c62272e, 0x050c5d1f, 0x1b873593];
  for (const channel of channels) {
    const words = new Int32Array(channel.buffer, channel.byteOffset, 2 * channel.length);
    const whole = words.length - (words.length % 4);
    for (let i = 0; i < whole; i += 4) {
      a = mixed(a, words[i]!);
      b = mixed(b, words[i + 1]!);
      c = mixed(c, words[i + 2]!);
      d = mixed(d, words[i + 3]!);
    }
    for (let i = whole; i < words.length; i++) a = mixed(a, words[i]!);
  }
  return hex(a) + hex(b) + hex(c) + hex(d);
}

/** FNV moves bits up only; the shift brings the upper ones back down. */
function mixed(state: number, word: number): number {
  const product = Math.imul(state ^ word, 0x01000193);
  return product ^ (product >>> 15);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

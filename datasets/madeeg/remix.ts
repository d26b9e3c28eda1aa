/** How well gains and panning explain a mixture. */
export interface MixtureCheck {
  /** Energy of mixture minus rebuilt mixture, over the mixture's, in dB; `-Infinity` if they are the same. */
  readonly residualDb: number;
  /** The one factor for the rebuilt mixture that leaves least over; 1 where it is the mixture. */
  readonly scale: number;
  /** What is left over with that factor, in dB. */
  readonly scaledResidualDb: number;
}

/**
 * Weights of sources in the channels of a stereo mixture: channel 1 is the sum of gain * panning * source, channel 2 that of
 * gain * (1 - panning) * source.
 *
 * @returns [2][sources]
 */
export function stereoWeights(gains: readonly number[], panning: readonly number[]): number[][] {
  return [gains.map((gain, i) => gain * panning[i]!), gains.map((gain, i) => gain * (1 - panning[i]!))];
}

/**
 * Rebuilds a mixture from its sources and compares.
 *
 * @param channels of the mixture, [channels][samples]; not silent
 * @param sources [sources][samples], of the same length
 * @param weights [channels][sources], see `stereoWeights`
 */
export function checkRemix(
  channels: readonly Float64Array[],
  sources: readonly Float64Array[],
  weights: readonly (readonly number[])[],
): MixtureCheck {
  let ofMixture = 0;
  let ofRebuilt = 0;
  let product = 0;
  let left = 0;
  const rebuilt = channels.map((channel, c) => {
    const sum = new Float64Array(channel.length);
    sources.forEach((source, s) => {
      const weight = weights[c]![s]!;
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * source[i]!;
    });
    for (let i = 0; i < sum.length; i++) {
      const x = channel[i]!;
      const y = sum[i]!;
      ofMixture += x * x;
      ofRebuilt += y * y;
      product += x * y;
      left += (x - y) * (x - y);
    }
    return sum;
  });
  const scale = ofRebuilt > 0 ? product / ofRebuilt : 0;
  let leftScaled = 0;
  channels.forEach((channel, c) => {
    for (let i = 0; i < channel.length; i++) leftScaled += (channel[i]! - scale * rebuilt[c]![i]!) ** 2;
  });
  const decibels = (energy: number) => 10 * Math.log10(energy / ofMixture);
  return { residualDb: decibels(left), scale, scaledResidualDb: decibels(leftScaled) };
}

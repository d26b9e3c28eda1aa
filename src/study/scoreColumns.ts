/** What the columns of `scores.tsv` mean, as BIDS wants it beside a table. */
export const scoreColumns: Readonly<Record<string, { readonly Description: string; readonly Units?: string }>> = {
  subject: { Description: "Listener, without sub-" },
  trial: { Description: "Name of the trial" },
  mixture: { Description: "Name of the mixture" },
  target: { Description: "Name of the attended source" },
  sources: { Description: "Number of sources in the mixture" },
  method: { Description: "How the attended source was estimated" },
  sdr: { Description: "Source to distortion ratio, BSS Eval version 3, of the attended source", Units: "dB" },
  sir: { Description: "Source to interference ratio", Units: "dB" },
  sar: { Description: "Source to artefact ratio", Units: "dB" },
  siSdr: { Description: "Scale-invariant signal to distortion ratio", Units: "dB" },
  sdrCompeting: { Description: "Greatest SDR of the same estimate against another source of the mixture", Units: "dB" },
  sdrImprovement: { Description: "SDR less that of the unprocessed mixture", Units: "dB" },
  sirImprovement: { Description: "SIR less that of the unprocessed mixture", Units: "dB" },
  sarImprovement: { Description: "SAR less that of the unprocessed mixture", Units: "dB" },
  siSdrImprovement: { Description: "SI-SDR less that of the unprocessed mixture", Units: "dB" },
};

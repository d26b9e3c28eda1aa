// The public API, by name. One block a room; each room's names in alphabetical order of their files.

// core

export { checkFinite, checkNumber, checkWhole } from "./core/check.ts";
export { type ErrorCode, ToolkitError } from "./core/error.ts";
export { fromJson, toJson } from "./core/json.ts";
export { type FloatArray, type Matrix, row, transpose, zeros } from "./core/matrix.ts";
export { nearestName } from "./core/nearestName.ts";
export { plainText } from "./core/plainText.ts";
export { createRandom, type Random } from "./core/random.ts";
export { type Block, type Signal, sampleCount, toMono } from "./core/signal.ts";

// numeric

export {
  binomialInterval,
  binomialIntervalDefaults,
  binomialUpperTail,
  type Interval,
  poissonBinomialUpperTail,
} from "./numeric/binomial.ts";
export {
  type BcaInterval,
  type BootstrapInterval,
  type BootstrapOptions,
  type BootstrapStatisticOptions,
  bcaInterval,
  bootstrapDefaults,
  bootstrapInterval,
  bootstrapStatistic,
  type ResampledInterval,
} from "./numeric/bootstrap.ts";
export {
  cohenDz,
  type EffectSize,
  type EffectSizeOptions,
  effectSize,
  effectSizeDefaults,
  rankBiserial,
} from "./numeric/effectSize.ts";
export { type KernelBuild, kernelBuild, type Precision } from "./numeric/kernels.ts";
export { type McnemarOptions, type McnemarResult, mcnemar, mcnemarDefaults } from "./numeric/mcnemar.ts";
export { adjustPValues, type Correction } from "./numeric/multipleComparisons.ts";
export { normalCdf, normalQuantile } from "./numeric/normal.ts";
export { type SignFlipOptions, type SignFlipResult, signFlip, signFlipDefaults } from "./numeric/signFlip.ts";
export { mean, median, midRanks, pearson, quantile, spearman } from "./numeric/statistics.ts";
export {
  type Alternative,
  type WilcoxonOptions,
  type WilcoxonResult,
  wilcoxon,
  wilcoxonDefaults,
} from "./numeric/wilcoxon.ts";

// signal

export {
  type ButterworthOptions,
  butterworth,
  type FilterSections,
} from "./signal/butterworth.ts";
export type { CompressionOptions } from "./signal/compression.ts";
export { analyticMagnitude, type EnvelopeOptions, envelope, envelopeDefaults } from "./signal/envelope.ts";
export {
  checkSameFiltering,
  combineFilterings,
  type Filtering,
  type FilterPhase,
  type SameFilteringOptions,
  sameFilteringDefaults,
  zeroPhaseFiltering,
} from "./signal/filtering.ts";
export {
  type CausalFiltering,
  type CausalFilteringOptions,
  causalFilteringDefaults,
  createCausalFilter,
  type FilterDesign,
  type FilteredSignal,
  type FilterSignalOptions,
  filterSignal,
} from "./signal/filterSignal.ts";
export {
  type FirDesignOptions,
  firDesign,
  firDesignDefaults,
  type KaiserTapsOptions,
  kaiserTaps,
} from "./signal/firDesign.ts";
export {
  FirFilter,
  type FirFilterOptions,
  type FirZeroPhaseOptions,
  firFilterDefaults,
  firZeroPhase,
  firZeroPhaseDefaults,
} from "./signal/firFilter.ts";
export { type FrameClock, type FrameClockOptions, framesAt } from "./signal/framesAt.ts";
export { type ErbOptions, erbCentres, erbDefaults, erbHz, gammatone } from "./signal/gammatone.ts";
export {
  type GammatoneEnvelopeOptions,
  GammatoneEnvelopeStream,
  gammatoneEnvelope,
  gammatoneEnvelopeDefaults,
} from "./signal/gammatoneEnvelope.ts";
export { type GroupDelayOptions, sosGroupDelay } from "./signal/groupDelay.ts";
export {
  type InterpolationOptions,
  interpolationDefaults,
  resampleByTime,
  resampleFramesByTime,
  resampleToRate,
  type TargetTimes,
  type UniformTimes,
} from "./signal/interpolate.ts";
export { type MelFeatureOptions, melFeature, melFeatureDefaults } from "./signal/melFeature.ts";
export {
  hzToMel,
  type MelFilterOptions,
  type MelScale,
  melFilterDefaults,
  melFilters,
  melSpectrogram,
  melToHz,
} from "./signal/melFilters.ts";
export { type NotchOptions, notch, notchDefaults } from "./signal/notch.ts";
export {
  type RateRatio,
  type ResampleOptions,
  Resampler,
  rationalRatio,
  resample,
  resampleDefaults,
} from "./signal/resample.ts";
export {
  CausalFilter,
  type CausalFilterOptions,
  causalFilterDefaults,
  type Filtered,
  sosFilter,
  sosSteadyState,
  zeroPhaseFilter,
} from "./signal/sosFilter.ts";
export { type SpectralFluxOptions, spectralFlux, spectralFluxDefaults } from "./signal/spectralFlux.ts";
export { frameTimes, istft, magnitude, type Stft, type StftOptions, stft, stftDefaults } from "./signal/stft.ts";
export { IstftStream, type StftFrames, StftStream } from "./signal/stftStream.ts";
export {
  type EnvelopeKind,
  type StimulusEnvelopeOptions,
  stimulusEnvelope,
  stimulusEnvelopeDefaults,
} from "./signal/stimulusEnvelope.ts";
export { onsetFeature, type StimulusFeature } from "./signal/stimulusFeature.ts";
export {
  type SpectrumPlan,
  type TimedSpectrogram,
  type TimedSpectrogramOptions,
  timedSpectrogram,
} from "./signal/timedSpectrogram.ts";
export { type WindowName, windowValues } from "./signal/window.ts";
export { applyZScore, fitZScore, type ZScore, type ZScoreOptions, zScoreDefaults } from "./signal/zScore.ts";

// formats

export { type ByteSource, memorySource } from "./formats/byteSource.ts";
export {
  type ConversionGapPolicy,
  type ConvertedSignal,
  type ConvertToEdfOptions,
  convertToEdf,
  convertToEdfDefaults,
  type EdfConversion,
} from "./formats/convertToEdf.ts";
export {
  type CrossCheckEdfOptions,
  crossCheckEdf,
  crossCheckEdfDefaults,
  type EdfAgreement,
  type EdfCrossCheck,
} from "./formats/crossCheckEdf.ts";
export {
  type DecodedStatus,
  decodeStatus,
  type SampleSpan,
  StatusDecoder,
  type StatusEvent,
  type StatusOptions,
  statusDefaults,
} from "./formats/decodeStatus.ts";
export type { EdfRecording, EdfSignal } from "./formats/edfRecording.ts";
export {
  type EdfInput,
  type EdfPatient,
  type EdfRecordingInfo,
  type EdfSignalInput,
  encodeEdf,
  encodeEdfDefaults,
} from "./formats/encodeEdf.ts";
export { type EncodeWavOptions, encodeWav, encodeWavDefaults, fullScaleGain } from "./formats/encodeWav.ts";
export {
  listFolder,
  openFile,
  openSibling,
  pathKind,
  readText,
  writeBytes,
  writeFolder,
} from "./formats/file.ts";
export { type Hdf5Dataset, type Hdf5File, type Hdf5Range, openHdf5File } from "./formats/hdf5File.ts";
export type {
  MatArray,
  MatCell,
  MatChar,
  MatNumeric,
  MatNumericClass,
  MatStruct,
  MatUnread,
} from "./formats/matArray.ts";
export { type MatVariable, readMat } from "./formats/matFile.ts";
export { encodeNpy, type NpyArray, type NpyData, npyHeader, readNpy } from "./formats/npy.ts";
export {
  type BrainVisionRecording,
  type OpenBrainVisionOptions,
  openBrainVision,
  openBrainVisionDefaults,
  type SiblingOpener,
} from "./formats/openBrainVision.ts";
export { type OpenEdfOptions, openEdf, openEdfDefaults } from "./formats/openEdf.ts";
export { type EeglabRecording, type OpenEeglabOptions, openEeglab, openEeglabDefaults } from "./formats/openEeglab.ts";
export { type OpenRecordingOptions, openRecording, openRecordingDefaults } from "./formats/openRecording.ts";
export { openRecordingFile } from "./formats/openRecordingFile.ts";
export { openWav, type WavFile } from "./formats/openWav.ts";
export { type RecordingStatus, readStatus, statusAnnotations } from "./formats/readStatus.ts";
export {
  type Annotation,
  type ChannelType,
  type ChannelTypeSource,
  type DigitalSignal,
  type FormatWarning,
  type GapPolicy,
  type LocalTime,
  type ReadOptions,
  type Recording,
  type RecordingSignal,
  readDefaults,
  type Segment,
  type SegmentPiece,
  type SegmentSamples,
} from "./formats/recording.ts";
export { sampleToSeconds, secondsToSample } from "./formats/segments.ts";
export { encodeTsv, notAvailable, parseTsv, type TsvRow } from "./formats/tsv.ts";
export { parseUnit, type Unit } from "./formats/units.ts";

// eeg

export {
  type AlignTriggersOptions,
  alignTriggers,
  alignTriggersDefaults,
  type ClockMap,
  type TriggerAlignment,
  type TriggerResidual,
  toEegSeconds,
  toStimulusSeconds,
} from "./eeg/alignTriggers.ts";
export {
  type ArtefactOptions,
  type ArtefactSpan,
  type Artefacts,
  artefactDefaults,
  findArtefacts,
  interpolateArtefacts,
} from "./eeg/artefacts.ts";
export {
  type BadChannelOptions,
  type BadChannelReason,
  type BadChannels,
  badChannelDefaults,
  type ChannelQuality,
  findBadChannels,
} from "./eeg/badChannels.ts";
export {
  type AttentionDecision,
  type DecisionOutcome,
  type DecisionSummary,
  decideAttention,
  summariseDecisions,
  summariseDecisionsDefaults,
} from "./eeg/decoding/attentionDecision.ts";
export {
  type AttentionMeasure,
  type AttentionMeasures,
  type AttentionMeasuresOptions,
  attentionMeasures,
  attentionMeasuresDefaults,
} from "./eeg/decoding/attentionMeasures.ts";
export { averageTrf } from "./eeg/decoding/averageTrf.ts";
export { checkSplit, type SharedStimulus, type SplitReport, type TrialStimuli } from "./eeg/decoding/checkSplit.ts";
export {
  type ClusterIntervalOptions,
  clusterInterval,
  clusterIntervalDefaults,
} from "./eeg/decoding/clusterInterval.ts";
export {
  crossValidateTrf,
  crossValidateTrfAsync,
  crossValidateTrfDefaults,
  type TrfCrossValidation,
  type TrfCrossValidationOptions,
} from "./eeg/decoding/crossValidateTrf.ts";
export {
  type DecisionCurve,
  type DecisionCurveOptions,
  type DecisionCurvePoint,
  decisionCurve,
  decisionCurveDefaults,
  type MeanInterval,
  type WindowLength,
} from "./eeg/decoding/decisionCurve.ts";
export {
  type DecodedSwitchDuration,
  type DecodedSwitchDurationOptions,
  decodedSwitchDuration,
  decodedSwitchDurationDefaults,
} from "./eeg/decoding/decodedSwitchDuration.ts";
export { decodeTrf, encodeTrf } from "./eeg/decoding/encodeTrf.ts";
export { type ForwardPattern, forwardPattern } from "./eeg/decoding/forwardPattern.ts";
export {
  type FoldsByOptions,
  foldsBy,
  type GroupFold,
  type TrialGroup,
  type TrialNames,
} from "./eeg/decoding/groupFolds.ts";
export {
  type IdentifiabilityTable,
  identifiabilityTable,
  type MixtureTargets,
  type TargetTrial,
} from "./eeg/decoding/identifiability.ts";
export {
  type DecodingTrial,
  type LagCovariance,
  type LagOptions,
  lagCovariance,
  sumLagCovariances,
} from "./eeg/decoding/lagCovariance.ts";
export { type LagRangeOptions, lagRange } from "./eeg/decoding/lagRange.ts";
export {
  type AuditTrial,
  type LeakageAudit,
  type LeakageAuditOptions,
  leakageAudit,
  leakageAuditDefaults,
  type PseudoAccuracy,
  type ResolvedLeakageAuditOptions,
} from "./eeg/decoding/leakageAudit.ts";
export { discriminability, informationRate, rankAuc } from "./eeg/decoding/measureFormulas.ts";
export { type NestedTrfFold, nestedTrf, nestedTrfAsync } from "./eeg/decoding/nestedTrf.ts";
export {
  type PermutationMethod,
  type PermutationNull,
  type PermutationNullOptions,
  type PermutationTest,
  permutationNull,
  permutationNullDefaults,
} from "./eeg/decoding/permutationNull.ts";
export {
  type ControlTrial,
  type PositiveControl,
  type PositiveControlOptions,
  positiveControl,
  positiveControlDefaults,
} from "./eeg/decoding/positiveControl.ts";
export {
  correlationPerOutput,
  meanSquaredErrorPerOutput,
  predictTrf,
  scoreTrf,
  type TrfScore,
} from "./eeg/decoding/predictTrf.ts";
export {
  type SimulatedEeg,
  type SimulateEegOptions,
  simulateEeg,
  simulateEegDefaults,
} from "./eeg/decoding/simulateEeg.ts";
export type { StepOptions, StepProgress } from "./eeg/decoding/steps.ts";
export { stimulusFingerprint } from "./eeg/decoding/stimulusFingerprint.ts";
export {
  type AccuracyPoint,
  type ExpectedSwitch,
  type SwitchDuration,
  type SwitchDurationOptions,
  switchDuration,
  switchDurationDefaults,
} from "./eeg/decoding/switchDuration.ts";
export { singleLags, type TrfTrainingOptions, trainSingleLagTrfs, trainTrf } from "./eeg/decoding/trainTrf.ts";
export {
  type TrfCovarianceOptions,
  type TrfTrial,
  trfCovariance,
  validTrfSamples,
} from "./eeg/decoding/trfCovariance.ts";
export {
  type ResolvedTrfOptions,
  type TrfDirection,
  type TrfLambda,
  type TrfLambdaConvention,
  type TrfMethod,
  type TrfOptions,
  trfDefaults,
} from "./eeg/decoding/trfOptions.ts";
export { solveTrf, type TrfModel, trfPath } from "./eeg/decoding/trfPath.ts";
export { type TunedTrf, type TuneTrfOptions, tuneTrf, tuneTrfAsync, tuneTrfDefaults } from "./eeg/decoding/tuneTrf.ts";
export { windowPower } from "./eeg/decoding/windowPower.ts";
export {
  createWindowScorer,
  type DecodedTrial,
  type WindowScorer,
  type WindowScores,
} from "./eeg/decoding/windowScores.ts";
export type {
  EegSignal,
  TimeSpan,
} from "./eeg/eegSignal.ts";
export { type ElectrodePosition, electrodePosition, electrodePositions } from "./eeg/montage.ts";
export {
  fitOcular,
  type OcularControl,
  type OcularModel,
  type OcularOptions,
  type OcularRemoved,
  removeOcular,
  subtractOcular,
} from "./eeg/ocularRegression.ts";
export {
  type Preprocessed,
  PreprocessStream,
  type PreprocessStreamOptions,
  preprocess,
  preprocessDefaults,
} from "./eeg/preprocessing.ts";
export type {
  AppliedStep,
  PreprocessOptions,
  PreprocessStep,
  StreamableStep,
  WholeStep,
} from "./eeg/preprocessSteps.ts";
export {
  type ReferenceOptions,
  type ReferencePlan,
  type Rereferenced,
  rereference,
} from "./eeg/reference.ts";
export {
  type InterpolateChannelsOptions,
  type InterpolatedChannels,
  interpolateChannels,
  type SphericalSplineOptions,
  sphericalSplineDefaults,
  sphericalSplineWeights,
} from "./eeg/sphericalSpline.ts";
export { checkTrainingOnly, fitTrainingZScore, type TrainingZScoreOptions } from "./eeg/trainingOnly.ts";

// separation

export {
  type Cantisani2021Options,
  type Cantisani2021Result,
  cantisani2021,
  cantisani2021Defaults,
  cantisani2021Steps,
  type ResolvedCantisani2021Options,
} from "./separation/cantisani2021.ts";
export {
  type CarryDictionaryOptions,
  carryDictionary,
  carryDictionaryDefaults,
} from "./separation/carryDictionary.ts";
export { decodeCheckpoint, encodeCheckpoint, type NotedCheckpoint } from "./separation/checkpointFile.ts";
export { componentMasks, type Factors } from "./separation/componentMasks.ts";
export {
  type ContrastiveNmfOptions,
  type ContrastiveNmfResult,
  type ContrastiveUpdate,
  contrastiveNmf,
  contrastiveNmfDefaults,
  type ResolvedContrastiveNmfOptions,
} from "./separation/contrastiveNmf.ts";
export {
  type ConvolutiveNmfOptions,
  type ConvolutiveNmfResult,
  type ConvolutiveUpdate,
  convolutiveNmf,
  convolutiveNmfDefaults,
  type ResolvedConvolutiveNmfOptions,
} from "./separation/convolutiveNmf.ts";
export { type Accelerator, acceleratorName, accelerators } from "./separation/createModel.ts";
export { type Checkpoint, type DescentOptions, type DescentResult, descentDefaults } from "./separation/descent.ts";
export {
  type ComponentDiagnosis,
  type DiagnosticsOptions,
  diagnoseFactors,
  diagnosticsDefaults,
  type FactorDiagnostics,
} from "./separation/diagnostics.ts";
export { type DuetOptions, type DuetResult, duet, duetDefaults } from "./separation/duet.ts";
export {
  type DuetExclusion,
  type DuetHistogram,
  type DuetHistogramOptions,
  duetHistogram,
  duetHistogramDefaults,
} from "./separation/duetHistogram.ts";
export { type DuetMaskOptions, type DuetSourceOptions, duetMasks, duetSources } from "./separation/duetMasks.ts";
export {
  type DuetMixing,
  type DuetPeak,
  type DuetPeakOptions,
  duetPeaks,
  duetPeaksDefaults,
} from "./separation/duetPeaks.ts";
export { type DuetRegion, duetRegionDefaults, duetRegionMask } from "./separation/duetRegionMask.ts";
export {
  type FactorizationOptions,
  type FactorStart,
  factorizationDefaults,
  monotoneExponent,
} from "./separation/factorizationOptions.ts";
export {
  type ComponentGroups,
  type Grouping,
  type GroupingOptions,
  groupByGuide,
  groupByLabels,
  groupingDefaults,
} from "./separation/grouping.ts";
export { prepareGuide, type Rectification } from "./separation/guide.ts";
export type { GuideEvidenceOptions } from "./separation/guideEvidence.ts";
export {
  type BlockMasker,
  type BlockMasks,
  type BlockSeparationOptions,
  BlockSeparator,
  blockSeparationDefaults,
  type MixtureBlock,
  separateInBlocks,
} from "./separation/longFile.ts";
export {
  applyMask,
  binaryMasks,
  type ComplexSpectrogram,
  idealBinaryMask,
  idealRatioMask,
  type SoftMaskOptions,
  softMaskDefaults,
  softMasks,
} from "./separation/masks.ts";
export { type ConvolutiveFactors, convolutiveModel, nmfModel } from "./separation/modelSpectrogram.ts";
export type { UpdateOrder } from "./separation/multiplicativeRule.ts";
export { type NmfOptions, type NmfResult, nmf, nmfDefaults, type ResolvedNmfOptions } from "./separation/nmf.ts";
export { type NndsvdOptions, type NndsvdStart, nndsvd, nndsvdDefaults } from "./separation/nndsvd.ts";
export { type BestStart, bestOfStarts } from "./separation/restarts.ts";
export {
  dictionaryFromSolos,
  type SupervisedDictionary,
  type SupervisedDictionaryOptions,
  supervisedDictionaryDefaults,
} from "./separation/supervisedDictionary.ts";
export { dictionaryMfcc, type MfccOptions, mfccDefaults } from "./separation/timbre.ts";
export {
  clusterByTimbre,
  type TimbreClusterOptions,
  type TimbreClusters,
  timbreClusterDefaults,
} from "./separation/timbreClusters.ts";
export {
  groupByTimbre,
  type TimbreGrouping,
  type TimbreGroupingOptions,
  timbreGroupingDefaults,
} from "./separation/timbreGrouping.ts";
export {
  groupByTimbreNeighbours,
  type TimbreNeighbourGrouping,
  type TimbreNeighbourOptions,
  timbreNeighbourDefaults,
} from "./separation/timbreNeighbours.ts";

// metrics

export {
  type AggregatedScore,
  type AggregateOptions,
  type AggregateRule,
  aggregateDefaults,
  aggregateScores,
  type ScoreOfFrame,
  type StepCounts,
} from "./metrics/aggregate.ts";
export {
  type BssEvalAccount,
  type BssEvalOptions,
  type BssEvalResult,
  bssEvalDefaults,
  bssEvalSources,
} from "./metrics/bssEval.ts";
export {
  type BssEvalFramewiseOptions,
  type BssEvalFramewiseResult,
  type BssEvalImageFramewiseResult,
  bssEvalFramewiseDefaults,
  bssEvalImagesFramewise,
  bssEvalSourcesFramewise,
} from "./metrics/bssEvalFramewise.ts";
export {
  type BssEvalImageReferences,
  type BssImageScores,
  bssEvalImageReferences,
} from "./metrics/bssEvalImageReferences.ts";
export { type BssEvalImageResult, bssEvalImages } from "./metrics/bssEvalImages.ts";
export {
  type BssEvalReferenceOptions,
  type BssEvalReferences,
  type BssScores,
  bssEvalReferenceDefaults,
  bssEvalReferences,
} from "./metrics/bssEvalReferences.ts";
export { type BssEvalV4Result, bssEvalV4, bssEvalV4Defaults } from "./metrics/bssEvalV4.ts";
export {
  type CompareMethodsOptions,
  compareMethods,
  compareMethodsDefaults,
  type LeftOutPair,
  type LeftOutReason,
  type MethodComparison,
  type MethodComparisons,
  type MethodScore,
} from "./metrics/compareMethods.ts";
export { type FrameScores, type Framing, framingDefaults } from "./metrics/frameScores.ts";
export type { Improvement } from "./metrics/improvement.ts";
export { improvement } from "./metrics/improvement.ts";
export {
  type JointCorrelation,
  type JointMeasures,
  type JointMeasuresOptions,
  type JointTrial,
  jointMeasures,
  jointMeasuresDefaults,
} from "./metrics/jointMeasures.ts";
export { type MusevalFrame, type MusevalTrack, readMuseval, toMuseval, writeMuseval } from "./metrics/museval.ts";
export type { BssEvalEquations } from "./metrics/normalEquations.ts";
export type { Permutation } from "./metrics/pairing.ts";
export type { ReferenceSet } from "./metrics/referenceSet.ts";
export type { ScoreReason } from "./metrics/scoreReason.ts";
export { type SilenceScores, silenceScores } from "./metrics/silenceScores.ts";
export { type SiReferences, type SiScores, siReferences } from "./metrics/siReferences.ts";
export { siSdr } from "./metrics/siSdr.ts";

// streams
export {
  arraySource,
  type BlockOptions,
  blockDefaults,
  readBlocks,
  type SampleSource,
  signalBlocks,
} from "./streams/blocks.ts";
export { cut, type Span, SpanCutter } from "./streams/cut.ts";
export { filterBlocks } from "./streams/filterBlocks.ts";
export { join } from "./streams/join.ts";
export { resampleTo } from "./streams/resample.ts";
export { separateBlocks } from "./streams/separateBlocks.ts";
export { audioSource, type RecordingSourceOptions, recordingSource } from "./streams/sources.ts";

// study

export { type NamedRows, readArrays, writeArrays } from "./study/arrayFile.ts";
export type { NamedFile } from "./study/bidsStimuli.ts";
export { openBidsStudy } from "./study/bidsStudy.ts";
export { DecodingCollector } from "./study/decodingCollector.ts";
export {
  type ControlSummary,
  type DecodingEvents,
  type DecodingSummary,
  type FeatureNull,
  type FeatureSummary,
  type SubjectAudit,
  type SubjectDecisions,
  summariseDecoding,
} from "./study/decodingSummary.ts";
export type { ControlRow, DecodedFeatureTrial, StudyEvent, TrialAudio, TrialWindows } from "./study/events.ts";
export type { CheckUnit } from "./study/executors/queueAttempt.ts";
export { type QueueExecutorOptions, queueExecutor } from "./study/executors/queueExecutor.ts";
export { type QueueOptions, queueDefaults } from "./study/executors/queueOptions.ts";
export { checkStudyUnit } from "./study/executors/queueStudyUnit.ts";
export {
  type QueueUnitEvent,
  type QueueWorkerOptions,
  type QueueWorkerReport,
  runQueueWorker,
} from "./study/executors/queueWorker.ts";
export { type ThreadExecutorOptions, threadExecutor } from "./study/executors/threadExecutor.ts";
export { createThreadTask, type ThreadOutcome, type ThreadTask } from "./study/executors/threadTask.ts";
export { openFolderStudy } from "./study/folderStudy.ts";
export { encodeFailures, type UnitFailure } from "./study/ledger/failureTable.ts";
export { hashCode } from "./study/ledger/hashCode.ts";
export { type InlineOptions, inlineDefaults, inlineExecutor } from "./study/ledger/inlineExecutor.ts";
export type { LedgerOptions } from "./study/ledger/ledger.ts";
export { type LockOptions, lockDefaults } from "./study/ledger/lock.ts";
export { type MergeOptions, type MergeReport, mergeDefaults, mergeRoots } from "./study/ledger/mergeRoots.ts";
export { planUnits, type UnitPlan } from "./study/ledger/planUnits.ts";
export { type RunUnitsOptions, runUnitsDefaults, type UnitEvent } from "./study/ledger/runOptions.ts";
export { type RunCounts, type RunReport, runUnits } from "./study/ledger/runUnits.ts";
export type { Executor, RunUnit, Unit as StudyUnit, UnitContext } from "./study/ledger/unit.ts";
export { unitId } from "./study/ledger/unitId.ts";
export type { UnitOutcome } from "./study/ledger/unitRunner.ts";
export { type Corpora, type OpenCorpus, openStudy } from "./study/openStudy.ts";
export { type FigureRow, figureData } from "./study/report/figureData.ts";
export { type ReportOptions, renderReport, reportDefaults } from "./study/report/renderReport.ts";
export { renderSubjectReport, type SubjectReportOptions } from "./study/report/renderSubjectReport.ts";
export { subjectResults } from "./study/report/subjectResults.ts";
export type {
  DecisionRow,
  ExclusionRow,
  FailureRow,
  MethodInfo,
  MethodRole,
  ScalpPattern,
  ScoreRow,
  SpectrogramPicture,
  StudyResults,
  TrialDetail,
} from "./study/results.ts";
export { parseShard, type Shard, shardUnits } from "./study/shardUnits.ts";
export { type PictureOptions, pictureDefaults, spectrogramPicture } from "./study/spectrogramPicture.ts";
export type {
  EegSource,
  Study,
  StudyChannel,
  StudyOrigin,
  StudyProblem,
  StudySubject,
  StudyTrial,
  TrialSound,
} from "./study/study.ts";
export type { Exclusion, MethodEntry, OutputOptions, StudyData, StudyDefinition } from "./study/studyFile.ts";
export { defineStudy, outputDefaults, parseStudyFile, readStudyFile, studyFileName } from "./study/studyFile.ts";
export {
  type DecodedFeature,
  type DecoderOptions,
  type DecodingRegime,
  type PreprocessingOptions,
  type SeparationOptions,
  type SpectrogramOptions,
  type StatisticsOptions,
  type StudyOptions,
  statisticsDefaults,
  studyDefaults,
} from "./study/studyOptions.ts";
export {
  type OpenStudyOptions,
  openStudyDefaults,
  type ResolveInsideOptions,
  resolveInside,
} from "./study/studyPaths.ts";
export { type TypicalTrial, typicalTrial } from "./study/typicalTrial.ts";
export { version } from "./study/version.ts";
export {
  type AudioFile,
  audioFileName,
  resultsFileName,
  type StudyOutput,
  writeResults,
} from "./study/writeResults.ts";
export { parseYaml } from "./study/yamlFile.ts";

import { type DecodingEvents, type DecodingSummary, summariseDecoding } from "./decodingSummary.ts";
import type { ControlRow, DecodedFeatureTrial, StudyEvent, TrialWindows } from "./events.ts";
import type { DecisionRow } from "./results.ts";
import type { StudyOptions } from "./studyOptions.ts";

/** Gathers what a pipeline emits about decoding. */
export class DecodingCollector implements DecodingEvents {
  readonly decisions: DecisionRow[] = [];
  readonly decoded: DecodedFeatureTrial[] = [];
  readonly controls: ControlRow[] = [];
  readonly windows: TrialWindows[] = [];
  readonly warnings: string[] = [];

  /** Takes an event; those about other things are left alone. */
  take(event: StudyEvent): void {
    switch (event.kind) {
      case "decision":
        this.decisions.push(event.row);
        return;
      case "decoded": {
        const { kind: _, ...trial } = event;
        this.decoded.push(trial);
        return;
      }
      case "control":
        this.controls.push(event.row);
        return;
      case "windows": {
        const { kind: _, ...windows } = event;
        this.windows.push(windows);
        return;
      }
      case "warning":
        this.warnings.push(event.message);
        return;
    }
  }

  /**
   * What the decisions say together.
   *
   * @throws ToolkitError `bad-shape` if there is no decision
   */
  summary(options: StudyOptions): DecodingSummary {
    return summariseDecoding(this, options);
  }
}

import { describe, expect, it } from "vitest";
import { type TrainingPlan, trainingPlans } from "../../../pipelines/neuroSteered/trainingPlan.ts";
import type { DecoderOptions } from "../../../src/index.ts";
import { quickOptions } from "./memoryStudy.ts";
import { preparedSubject, preparedTrial } from "./preparedTrials.ts";

const options = (given: Partial<DecoderOptions> = {}) => ({
  ...quickOptions.decoder,
  lambda: [0.1, 1, 10],
  seed: 0,
  ...given,
});
const [own, second, third] = [preparedSubject("01"), preparedSubject("02"), preparedSubject("03")];
const others = [second, third];
const names = (trials: TrainingPlan["training"]) => trials.map(({ trial }) => `${trial.subject}/${trial.trial}`);

describe("trainingPlans", () => {
  const regimes = ["within-subject", "leave-one-subject-out", "adapted"] as const;
  const groupings = ["mixture", "song"] as const;
  it.each(regimes.flatMap((regime) => groupings.map((groupBy) => [regime, groupBy] as const)))(
    "keeps whatever is of a tested group out of training, regime %s, groups by %s",
    (regime, groupBy) => {
      const plans = trainingPlans(own, others, options({ regime, groupBy }));
      expect(plans).toHaveLength(groupBy === "mixture" ? 3 : 2);
      for (const { test, training, leftOut } of plans) {
        const tested = new Set(test.map(({ trial }) => trial[groupBy]));
        expect([...tested].join(", ")).toBe(leftOut);
        expect(training.filter(({ trial }) => tested.has(trial[groupBy]))).toEqual([]);
        expect(training.length).toBeGreaterThan(0);
        // and all that is not of the group is there
        const free = [
          ...(regime === "leave-one-subject-out" ? [] : own.trials),
          ...(regime === "within-subject" ? [] : others.flatMap(({ trials }) => trials)),
        ].filter(({ trial }) => !tested.has(trial[groupBy]));
        expect(training).toEqual(free);
      }
      // every trial is tested once
      expect(plans.flatMap(({ test }) => names(test)).toSorted()).toEqual(names(own.trials));
    },
  );

  it("trains on no other subject within a subject", () => {
    for (const { training } of trainingPlans(own, others, options())) {
      expect(training.filter(({ trial }) => trial.subject !== "01")).toEqual([]);
    }
  });

  it("trains on none of the subject's own trials with leave-one-subject-out", () => {
    for (const groupBy of ["mixture", "song", "subject"] as const) {
      const shared = groupBy === "subject"; // all mixtures were heard by everyone
      const given = options({ regime: "leave-one-subject-out", groupBy, allowSharedStimuli: shared });
      for (const { training } of trainingPlans(own, others, given)) {
        expect(training.filter(({ trial }) => trial.subject === "01")).toEqual([]);
        expect(new Set(training.map(({ trial }) => trial.subject))).toEqual(new Set(["02", "03"]));
      }
    }
  });

  it("tests a whole subject at once where groups are subjects", () => {
    const given = options({ regime: "leave-one-subject-out", groupBy: "subject", allowSharedStimuli: true });
    const plans = trainingPlans(own, others, given);
    expect(plans.map(({ test, leftOut }) => [names(test), leftOut])).toEqual([[names(own.trials), "01"]]);
  });

  it("trains on both with regime adapted, and weighs the subject's own trials", () => {
    const [plan] = trainingPlans(own, others, options({ regime: "adapted", ownWeight: 3 })) as [TrainingPlan];
    const bySubject = plan.training.map(({ trial }, t) => [trial.subject, plan.weights[t]]);
    expect(bySubject).toEqual([...Array(4).fill(["01", 3]), ...Array(4).fill(["02", 1]), ...Array(4).fill(["03", 1])]);
    for (const regime of ["within-subject", "leave-one-subject-out"] as const) {
      const [other] = trainingPlans(own, others, options({ regime, ownWeight: 3 })) as [TrainingPlan];
      expect(new Set(other.weights)).toEqual(new Set([1]));
      expect(other.weights).toHaveLength(other.training.length);
    }
  });

  it("deals groups into as many folds as asked for, the same for the same seed", () => {
    const many = preparedSubject("01", ["a", "b", "c", "d", "e"]);
    const plans = trainingPlans(many, [], options({ folds: 2 }));
    expect(plans).toHaveLength(2);
    expect(plans.flatMap(({ leftOut }) => leftOut.split(", ")).toSorted()).toEqual(["a", "b", "c", "d", "e"]);
    expect(trainingPlans(many, [], options({ folds: 2 }))).toEqual(plans);
  });

  describe("folds of the search for lambda", () => {
    const inner = ({ innerFolds, training }: TrainingPlan) => innerFolds.map((fold) => fold.map((t) => training[t]!));

    it.each(regimes)("hold training trials only, each once at most, regime %s", (regime) => {
      for (const plan of trainingPlans(own, others, options({ regime }))) {
        const all = inner(plan).flat();
        expect(all).not.toContain(undefined);
        expect(new Set(all).size).toBe(all.length);
        expect(all.filter((trial) => plan.test.includes(trial))).toEqual([]);
      }
    });

    it("keep groups together within a subject", () => {
      for (const plan of trainingPlans(own, [], options())) {
        expect(inner(plan).map((fold) => new Set(fold.map(({ trial }) => trial.mixture)).size)).toEqual([1, 1]);
        expect(inner(plan).flat()).toHaveLength(4);
      }
    });

    it("are the other subjects where those alone train", () => {
      for (const plan of trainingPlans(own, others, options({ regime: "leave-one-subject-out" }))) {
        expect(inner(plan).map((fold) => new Set(fold.map(({ trial }) => trial.subject)))).toEqual([
          new Set(["02"]),
          new Set(["03"]),
        ]);
      }
      // one other subject is split by mixtures
      for (const plan of trainingPlans(own, [second], options({ regime: "leave-one-subject-out" }))) {
        expect(inner(plan).map((fold) => new Set(fold.map(({ trial }) => trial.mixture)).size)).toEqual([1, 1]);
      }
    });

    it("are of the subject's own trials with regime adapted", () => {
      for (const plan of trainingPlans(own, others, options({ regime: "adapted" }))) {
        expect(
          new Set(
            inner(plan)
              .flat()
              .map(({ trial }) => trial.subject),
          ),
        ).toEqual(new Set(["01"]));
      }
    });

    it("leave out trial by trial, and say so, where one mixture is left to train on", () => {
      const two = preparedSubject("01", ["a", "b"]);
      for (const plan of trainingPlans(two, [], options())) {
        expect(inner(plan).map((fold) => fold.length)).toEqual([1, 1]);
        expect(plan.warnings).toEqual([
          `decode: subject 01, without ${plan.leftOut}: lambda is chosen with one mixture in training, left out trial by trial`,
        ]);
      }
    });

    it("are not needed for one lambda, which does for two trials", () => {
      const two = { id: "01", trials: ["a", "b"].map((mixture, t) => preparedTrial({ mixture, trial: `${t}` })) };
      expect(trainingPlans(two, [], options({ lambda: [1] })).map(({ innerFolds }) => innerFolds)).toEqual([[], []]);
      expect(() => trainingPlans(two, [], options())).toThrow(
        "decode: 01 has one training trial; choosing lambda needs two: give one lambda",
      );
    });
  });

  describe("a sound that goes by two names", () => {
    const twin = {
      id: "01",
      trials: ["mix-1", "mix-2", "copy of mix-1"].flatMap((mixture, m) =>
        ["flute", "oboe"].map((target, t) => {
          const sound = mixture.replace("copy of ", "");
          const fingerprints = ["flute", "oboe"].map((source) => `${sound} ${source}`);
          const trial = { mixture, target, trial: String(2 * m + t + 1) };
          return preparedTrial(trial, { features: { rows: {}, fingerprints } });
        }),
      ),
    };

    it("is refused in training and test, both trials named", () => {
      expect(() => trainingPlans(twin, [], options())).toThrow(
        "decode: subject 01, without mix-1: trial 1 of 01 (mix-1) has a sound that trial 5 of 01 (copy of mix-1) trains with; group folds by mixture or song, or set decoder.allowSharedStimuli",
      );
    });

    it("is a warning with counts where it is allowed", () => {
      const plans = trainingPlans(twin, [], options({ allowSharedStimuli: true }));
      expect(plans.map(({ warnings }) => warnings)).toEqual([
        ["decode: subject 01, without mix-1: 2 of 2 trials are tested with a stimulus that is in training too"],
        [],
        ["decode: subject 01, without copy of mix-1: 2 of 2 trials are tested with a stimulus that is in training too"],
      ]);
    });

    it("is found in what other subjects heard, too", () => {
      const given = options({ regime: "leave-one-subject-out" });
      const other = {
        id: "02",
        trials: twin.trials.slice(4).map((each) => ({ ...each, trial: { ...each.trial, subject: "02" } })),
      };
      expect(() => trainingPlans(twin, [other], given)).toThrow(/trial 1 of 01 \(mix-1\) .* trial 5 of 02/);
    });
  });

  it("refuses groups by trial where the same mixture is heard twice", () => {
    expect(() => trainingPlans(own, [], options({ groupBy: "trial" }))).toThrow(/trial 1 of 01 .* trial 2 of 01/);
    const allowed = trainingPlans(own, [], options({ groupBy: "trial", allowSharedStimuli: true }));
    expect(allowed).toHaveLength(6);
    expect(allowed.map(({ training }) => training.length)).toEqual(Array(6).fill(5));
  });

  describe("refusals", () => {
    const one = preparedSubject("01", ["mix-1"]);

    it.each(["within-subject", "adapted"] as const)("name the one mixture of a subject, regime %s", (regime) => {
      expect(() => trainingPlans(one, others, options({ regime }))).toThrow(
        `decode: subject 01 has one mixture, mix-1; regime ${regime} trains on others and needs two`,
      );
    });

    it("concern the fold that cannot be trained, and no other, where somebody listens", () => {
      const uneven = { id: "01", trials: preparedSubject("01", ["mix-1", "mix-2"]).trials.slice(0, 3) };
      const given = options({ lambda: [1, 10] });
      expect(() => trainingPlans(uneven, [], given)).toThrow(/one training trial/);
      const refused: string[][] = [];
      const plans = trainingPlans(uneven, [], given, (test, error) => refused.push([...names(test), error.code]));
      expect(refused).toHaveLength(1);
      expect(refused[0]!.at(-1)).toBe("bad-shape");
      expect(plans).toHaveLength(1);
      const tested = plans.flatMap(({ test }) => names(test));
      expect([...tested, ...refused[0]!.slice(0, -1)].sort()).toEqual(names(uneven.trials).sort());
    });

    it("do not concern a subject of one mixture that others are trained for", () => {
      const plans = trainingPlans(one, others, options({ regime: "leave-one-subject-out" }));
      expect(plans.map(({ test, training }) => [names(test), training.length])).toEqual([[["01/1", "01/2"], 8]]);
    });

    it("say what is missing where others heard nothing but the tested mixture, or there are no others", () => {
      const given = options({ regime: "leave-one-subject-out" });
      const message =
        "decode: subject 01, without mix-1: no trial is left to train on (regime leave-one-subject-out, groups by mixture)";
      expect(() => trainingPlans(own, [preparedSubject("02", ["mix-1"])], given)).toThrow(message);
      expect(() => trainingPlans(own, [], given)).toThrow(message);
    });

    it("name a trial without the song that groups are made by", () => {
      const trials = [preparedTrial({ song: "A" }), preparedTrial({ trial: "2", mixture: "other" })];
      expect(() => trainingPlans({ id: "01", trials }, [], options({ groupBy: "song" }))).toThrow(
        "decode: 01 trial 2 has no song to group by",
      );
    });
  });
});

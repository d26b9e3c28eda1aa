import { studyPipeline } from "../../pipelines/studyUnits.ts";
import { createThreadTask } from "../study/executors/threadTask.ts";
import { corpora } from "./corpora.ts";

/** What a worker thread does: the units of a study. */
export default createThreadTask(studyPipeline(corpora).run);

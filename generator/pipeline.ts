import { buildModel } from './build-model.js';
import { checkModel } from './check.js';
import { emitAll } from './emit/index.js';
import { GeneratorError } from './errors.js';
import type { EventModel } from './model.js';
import { Sources } from './sources.js';
import { validateDocument } from './validate-document.js';
import { type WriteReport, writeFiles } from './write.js';

export interface GenerateOptions {
  /** The catalog's root document. */
  readonly catalog: string;
  /** The folder that the SDK is written to. */
  readonly out: string;
  readonly package?: { readonly name: string; readonly version: string };
  /** Change nothing, only report. Default false. */
  readonly check?: boolean;
}

export interface GenerateResult {
  readonly model: EventModel;
  readonly report: WriteReport;
}

/** Reads and checks a catalog. @throws GeneratorError with every problem found. */
export async function loadModel(catalog: string): Promise<EventModel> {
  const { model, placeInExample } = buildModel(new Sources(), catalog);
  const problems = [...checkModel(model, placeInExample), ...(await validateDocument(catalog))];
  if (problems.length > 0) throw new GeneratorError(problems);
  return model;
}

/** From a catalog to its SDK. No file is touched where anything is wrong. @throws GeneratorError */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  const model = await loadModel(options.catalog);
  const files = await emitAll(model, options.package === undefined ? {} : { package: options.package });
  return { model, report: await writeFiles(options.out, files, { check: options.check === true }) };
}

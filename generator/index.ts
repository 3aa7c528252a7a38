export {
  type ConfigFile,
  defineConfig,
  type RuleOptions,
  type RuleSettings,
  type RuleSeverity,
} from './config/config.js';
export type { DomainModel, EventModel, EventModelEntry, SchemaModel, ServiceModel } from './model/event-model.js';
export type { WriteReport } from './output/write-files.js';
export {
  type GenerateOptions,
  type GenerateResult,
  generate,
  type LoadedCatalog,
  type LoadOptions,
  loadCatalog,
} from './pipeline.js';
export { GeneratorError, type Problem, type ProblemCode, problemCodes, type RuleCode } from './support/errors.js';

export { type ConfigFile, defineConfig, type RuleOptions, type RuleSettings, type RuleSeverity } from './config.js';
export { GeneratorError, type Problem, type ProblemCode, problemCodes, type RuleCode } from './errors.js';
export type { DomainModel, EventModel, EventModelEntry, SchemaModel, ServiceModel } from './model.js';
export {
  type GenerateOptions,
  type GenerateResult,
  generate,
  type LoadedCatalog,
  type LoadOptions,
  loadCatalog,
} from './pipeline.js';
export type { WriteReport } from './write.js';

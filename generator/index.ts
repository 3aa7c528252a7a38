export type {
  CatalogInfo,
  ChangeDetail,
  ChangeDirection,
  ChangeImpact,
  DomainModel,
  EnvelopeModel,
  EventChange,
  EventModel,
  EventModelEntry,
  ExampleModel,
  JsonSchema,
  JsonValue,
  SchemaModel,
  ServiceModel,
  SourcePlace,
} from '@hyvve-events/catalog-model';
export {
  type GenerateOptions,
  type GenerateResult,
  generate,
  type LoadedCatalog,
  type LoadOptions,
  loadCatalog,
} from './api.js';
export {
  type ConfigFile,
  defineConfig,
  type NameOverrides,
  type Presence,
  type RuleOptions,
  type RuleSetting,
  type RuleSettings,
  type RuleSeverity,
  type UsagesConfig,
} from './config/config.js';
export type { ModelLanguage, ModelsConfig, ModelsSettings } from './config/models-config.js';
export type { PackageConfig } from './config/package-config.js';
export { type CompatibilityMode, compatibilityModes } from './diff/modes.js';
export type { WriteReport } from './output/write-files.js';
export {
  GeneratorError,
  type Problem,
  type ProblemCode,
  problemCodes,
  type RuleCode,
  ruleCodes,
  type UsageRuleCode,
  usageRuleCodes,
} from './support/errors.js';

export type {
  ChangeDetail,
  ChangeDirection,
  ChangeImpact,
  ChangesFile,
  EventChange,
  ReleaseChanges,
} from './changes-file.js';
export type {
  CatalogFile,
  CatalogInfo,
  DomainModel,
  EnvelopeModel,
  EventModel,
  EventModelEntry,
  ExampleModel,
  Guess,
  OlderVersionModel,
  PatternCost,
  RetiredVersionModel,
  SchemaModel,
  ServiceModel,
  SourcePlace,
  UpcastKind,
  UpcastStep,
} from './event-model.js';
export type { JsonSchema, JsonValue, SchemaObject } from './json.js';
export type { EventModelText, ModelLanguage, ModelsFile } from './models-file.js';
export type { CodePlace, UndecidedUsage, Usage, UsagesFile, UsedService } from './usages-file.js';

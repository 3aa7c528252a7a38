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
  PatternCost,
  SchemaModel,
  ServiceModel,
  SourcePlace,
} from './event-model.js';
export type { JsonSchema, JsonValue, SchemaObject } from './json.js';

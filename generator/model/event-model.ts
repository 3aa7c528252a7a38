export type {
  CatalogInfo,
  DomainModel,
  EnvelopeModel,
  EventModel,
  EventModelEntry,
  ExampleModel,
  Guess,
  JsonSchema,
  JsonValue,
  SchemaModel,
  ServiceModel,
  SourcePlace,
} from '@hyvve-events/catalog-model';

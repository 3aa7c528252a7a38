import type {
  EventModel,
  EventModelEntry,
  EventModelText,
  ModelLanguage,
  ModelsFile,
} from '@hyvve-events/catalog-model';

/** The content of `models.json`. @param textOf The code of an event */
export function modelsFile(
  language: ModelLanguage,
  name: string,
  model: EventModel,
  textOf: (event: EventModelEntry) => EventModelText,
): ModelsFile {
  const events = Object.fromEntries(model.events.map((event) => [event.type, textOf(event)]));
  return { modelsVersion: 1, language, package: name, catalog: model.catalog.hash, events };
}

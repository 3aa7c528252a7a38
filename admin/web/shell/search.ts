import MiniSearch from 'minisearch';
import type { CatalogIndex } from '../shared/catalog-index.js';
import { descriptionOf, isPersonal, pathsOf } from '../shared/describe-schema.js';

/** Kind of a search result. */
export type HitKind = 'event' | 'schema' | 'service' | 'domain';

/** One result. */
export interface Hit {
  readonly kind: HitKind;
  /** The event's type, the schema's, service's or domain's name. */
  readonly name: string;
  readonly summary: string;
  /** Path of the event's field that matched; undefined if the name, a text or a tag matched. */
  readonly field?: string;
}

interface Entry extends Hit {
  readonly id: string;
  readonly text: string;
  readonly fields: string;
  readonly tags: string;
}

/** Most results of a search. */
export const mostHits = 30;

/** Finds events, schemas, services and domains of a catalog, best match first. */
export type Search = (query: string) => readonly Hit[];

/** Words of a text; types and field names also split at dots, dashes, underscores and inner capitals. */
function tokensOf(text: string): string[] {
  return text.split(/[\s,;:()[\]{}"'`/]+/).flatMap((word) => {
    const parts = word.replace(/([a-z\d])([A-Z])/g, '$1 $2').split(/[\s._-]+/);
    return [...new Set([word, ...parts])].filter((part) => part !== '' && part.length <= 100);
  });
}

/** Builds the search over names, descriptions, fields and tags. */
export function createSearch(index: CatalogIndex): Search {
  const engine = new MiniSearch<Entry>({
    fields: ['name', 'text', 'fields', 'tags'],
    storeFields: ['kind', 'name', 'summary'],
    tokenize: tokensOf,
    searchOptions: {
      prefix: true,
      combineWith: 'AND',
      boost: { name: 6, tags: 2, text: 1, fields: 1 },
      fuzzy: (term) => (term.length > 4 ? 0.15 : false),
      boostDocument: (_id, _term, stored) => (stored?.kind === 'event' ? 1.5 : 1),
    },
  });
  engine.addAll(entriesOf(index));
  return (query) => {
    if (query.trim() === '') return [];
    return engine
      .search(query, { tokenize: (text) => text.split(/\s+/).filter((word) => word !== '') })
      .slice(0, mostHits)
      .map(({ kind, name, summary, match }) => {
        const term = Object.entries(match).find(([, places]) => places.every((place) => place === 'fields'))?.[0];
        const field = kind === 'event' && term !== undefined ? fieldWith(index, String(name), term) : undefined;
        return { kind, name, summary, ...(field === undefined ? {} : { field }) } as Hit;
      });
  };
}

function fieldWith(index: CatalogIndex, type: string, term: string): string | undefined {
  const payload = index.events.get(type)?.payload;
  const schema = payload === undefined ? undefined : index.definitions.get(payload);
  if (schema === undefined) return undefined;
  return pathsOf(schema, index.definitions).find(({ path }) => path.toLowerCase().includes(term.toLowerCase()))?.path;
}

function entriesOf(index: CatalogIndex): readonly Entry[] {
  const { events, domains, services, schemas } = index.model;
  const entry = (kind: HitKind, name: string, summary = '', text = '', fields = '', tags = ''): Entry => ({
    id: `${kind} ${name}`,
    kind,
    name,
    summary,
    fields,
    tags,
    text: `${summary} ${text}`,
  });
  return [
    ...events.map((event) => {
      const { type, key, title = '', summary = '', description = '', tags, deprecated, payload } = event;
      const paths = pathsOf(index.definitions.get(payload) ?? true, index.definitions);
      const marks = [...tags, ...(deprecated ? ['deprecated'] : [])];
      if (paths.some(({ schema }) => isPersonal(schema))) marks.push('personal-data');
      const fields = paths.map(({ path }) => path).join(' ');
      return entry('event', type, summary || title, `${key} ${title} ${description}`, fields, marks.join(' '));
    }),
    ...schemas.map(({ name, schema }) => entry('schema', name, descriptionOf(schema))),
    ...services.map(({ name, title = '', description = '' }) => entry('service', name, description || title, title)),
    ...domains.map(({ name, title = '', description = '' }) => entry('domain', name, title, description)),
  ];
}

import type {
  DomainModel,
  EventModelEntry,
  JsonSchema,
  SchemaModel,
  ServiceModel,
  UpcastStep,
} from '@hyvve-events/catalog-model';
import type { CatalogIndex } from './catalog-index.js';
import { handleSample, publishSample } from './code-samples.js';
import { constraintsOf, descriptionOf, isPersonal, pathsOf, typeOf, valuesOf } from './describe-schema.js';

/** A page as Markdown, by its path below the site's `md/`. */
export interface MarkdownPage {
  readonly path: string;
  readonly text: string;
}

/** Every page as Markdown. */
export function markdownPages(index: CatalogIndex, sdk: string): readonly MarkdownPage[] {
  const { events, domains, services, schemas } = index.model;
  const page = (folder: string, name: string, text: string) => ({ path: `${folder}/${fileNameOf(name)}.md`, text });
  return [
    ...events.map((event) => page('events', event.type, eventMarkdown(event, index, sdk))),
    ...domains.map((domain) => page('domains', domain.name, domainMarkdown(domain, index))),
    ...services.map((service) => page('services', service.name, serviceMarkdown(service))),
    ...schemas.map((schema) => page('schemas', schema.name, schemaMarkdown(schema, index))),
  ];
}

/** Text of `llms.txt`: the catalog in a few lines, with a link to the Markdown of each page. */
export function llmsText(index: CatalogIndex): string {
  const { catalog, domains, services } = index.model;
  const item = (folder: string, name: string, text: string | undefined) =>
    `- [${inline(name)}](md/${folder}/${fileNameOf(name)}.md)${text === undefined ? '' : `: ${inline(text)}`}`;
  return lines(
    `# ${inline(catalog.title)}`,
    '',
    `> Events of ${inline(catalog.title)}, version ${inline(catalog.version)}. The whole catalog for programs: [catalog.json](catalog.json).`,
    ...domains.flatMap((domain) => [
      '',
      `## ${inline(domain.title ?? domain.name)}`,
      '',
      ...index.eventsOf(domain.name).map((event) => item('events', event.type, event.summary ?? event.title)),
    ]),
    '',
    '## Services',
    '',
    ...services.map(({ name, title, description }) => item('services', name, title ?? description)),
  );
}

/** The page of an event as Markdown. */
export function eventMarkdown(event: EventModelEntry, index: CatalogIndex, sdk: string): string {
  const domain = index.domains.get(event.domain);
  const facts = [
    `- Type: \`${event.type}\`, version ${event.version}${event.deprecated ? ', **deprecated**' : ''}`,
    `- Sent by: ${list(event.senders)}`,
    `- Received by: ${list(event.receivers)}`,
    `- Payload: \`${event.payload}\``,
    ...(event.orderingKey === undefined
      ? []
      : [
          `- Ordering key: \`${event.orderingKey}\` of the data${event.partitionBy === undefined ? '' : '; it determines the partition'}`,
        ]),
    `- Source: \`${event.source.file}#${event.source.pointer}\``,
  ];
  const code = (language: string, text: string) => [fence(text, language), ''];
  return lines(
    `# ${inline(event.title ?? event.type)}`,
    ...paragraphs(event.summary, event.description),
    '',
    ...facts,
    '',
    '## Fields',
    '',
    ...fieldList(index.definitions.get(event.payload) ?? true, index),
    '',
    ...versionsOf(event),
    ...event.examples.flatMap(({ name, data }) => [
      `## Example${name === undefined ? '' : `: ${inline(name)}`}`,
      '',
      ...code('json', JSON.stringify(data, undefined, 2)),
    ]),
    ...(domain === undefined || event.reply
      ? []
      : [
          '## Publish',
          '',
          ...code('ts', publishSample(event, domain, sdk)),
          '## Handle',
          '',
          ...code('ts', handleSample(event, domain, sdk)),
        ]),
  );
}

/** The older versions that services read, and how their data is converted. */
function versionsOf({ older = [], retired = [], version }: EventModelEntry): readonly string[] {
  if (older.length + retired.length === 0) return [];
  const conversions = older.map(({ version: from, step, derived, sunset }, index) => {
    const to = older[index + 1]?.version ?? version;
    const how = derived === undefined ? `by the written function \`${step}\`` : derivedText(derived);
    const until = sunset === undefined ? '' : `; no service should publish it after ${sunset}`;
    return `- ${from} → ${to}: ${how}${until}`;
  });
  const gone = retired.map(({ major, retired: date }) => `- ${major}.x: retired on ${date}; its events are refused`);
  return ['## Older versions', '', 'Handlers receive the present version only.', '', ...conversions, ...gone, ''];
}

function derivedText(steps: readonly UpcastStep[]): string {
  const texts = steps.flatMap((step) => {
    if (step.do === 'drop') return [`\`${step.name}\` is dropped`];
    if (step.do === 'set') return [`\`${step.name}\` is set to \`${JSON.stringify(step.value)}\``];
    const otherwise = step.default === undefined ? [] : [`is \`${JSON.stringify(step.default)}\` if absent`];
    if (step.do === 'keep') return otherwise.map((text) => `\`${step.name}\` ${text}`);
    return [[`\`${step.name}\` is copied from \`${step.from}\``, ...otherwise].join(', ')];
  });
  return texts.length === 0 ? 'the data does not change' : texts.join('; ');
}

function domainMarkdown(domain: DomainModel, index: CatalogIndex): string {
  return lines(
    `# ${inline(domain.title ?? domain.name)}`,
    ...paragraphs(domain.description),
    '',
    ...index.eventsOf(domain.name).map(({ type, summary = '' }) => `- \`${type}\` ${inline(summary)}`),
  );
}

function serviceMarkdown({ name, title, description, sends, receives }: ServiceModel): string {
  const items = (types: readonly string[]) => (types.length === 0 ? ['nothing'] : types.map((type) => `- \`${type}\``));
  return lines(
    `# ${inline(title ?? name)}`,
    ...paragraphs(description),
    '',
    '## Sends',
    '',
    ...items(sends),
    '',
    '## Receives',
    '',
    ...items(receives),
  );
}

function schemaMarkdown({ name, schema }: SchemaModel, index: CatalogIndex): string {
  const users = index.eventsUsing(name).map(({ type }) => type);
  return lines(
    `# ${inline(name)}`,
    ...paragraphs(descriptionOf(schema)),
    '',
    '## Fields',
    '',
    ...fieldList(schema, index),
    '',
    `Used by: ${list(users)}`,
    '',
    '## JSON Schema',
    '',
    fence(JSON.stringify(schema, undefined, 2), 'json'),
  );
}

function fieldList(schema: JsonSchema, index: CatalogIndex): readonly string[] {
  const fields = pathsOf(schema, index.definitions);
  if (fields.length === 0) return ['No fields.'];
  return fields.map(({ path, schema: field, required }) => {
    const values = valuesOf(field).map((value) => JSON.stringify(value));
    const notes = [...constraintsOf(field), ...(values.length === 0 ? [] : [`one of ${values.join(', ')}`])];
    const personal = isPersonal(field) ? ' **Personal data.**' : '';
    const description = inline(descriptionOf(field) ?? '');
    return `- \`${path}\` (${inline([typeOf(field), required ? 'required' : 'optional', ...notes].join('; '))}) ${description}${personal}`.trimEnd();
  });
}

/** File name of a page: only characters that every file system accepts, at most 180. */
export function fileNameOf(name: string): string {
  return encodeURIComponent(name).replaceAll('%', '_').replaceAll('*', '_').slice(0, 180);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ');
}

/** A text of the catalog in one line, with HTML escaped. */
function inline(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('<', '&lt;').trim();
}

function paragraphs(...texts: readonly (string | undefined)[]): readonly string[] {
  const present = texts.filter((text) => text !== undefined && text.trim() !== '');
  return [...new Set(present)].flatMap((text) => ['', String(text).replaceAll('<', '&lt;').trim()]);
}

/** A code block whose fence is longer than any run of backticks in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

function lines(...parts: readonly string[]): string {
  return `${parts.join('\n').trimEnd()}\n`;
}

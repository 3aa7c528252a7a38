import type { PackageConfig } from '../config/package-config.js';
import type { DomainModel, EventModel, EventModelEntry } from '../model/event-model.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { headerLine } from '../print/header.js';
import { handlersFactoryName, type ModelContents } from '../print/modules.js';
import { publishExample } from './domain-module.js';

/** The `README.md` of an SDK's package: how to publish and to handle, and a table of the events of each domain. */
export function emitReadme(model: EventModel, { name }: PackageConfig, contents: ModelContents): EmittedFile {
  const { title, version, description } = model.catalog;
  const domains = model.domains.filter((domain) => contents.eventsOf(domain).length > 0);
  const blocks = [
    // A comment ends at the first `-->`.
    `<!-- ${headerLine(title).replaceAll('--', '- -')} -->`,
    `# ${name}`,
    `Typed events of ${markdown(title)}, version ${markdown(version)}, for hyvve-events.`,
    description?.trim(),
    ...usage(model, name, contents),
    '## Events',
    ...domains.flatMap((domain) => domainBlocks(domain, name, contents.eventsOf(domain))),
  ];
  return { path: 'README.md', text: `${blocks.filter(Boolean).join('\n\n')}\n` };
}

/** Installation, and code for one event. */
function usage(model: EventModel, name: string, contents: ModelContents): string[] {
  const found = exampleOf(model, contents);
  const install = fenced('sh', `npm install ${name} @hyvve-events/runtime`);
  if (found === undefined) return [install];
  const { domain, event, call } = found;
  const factory = handlersFactoryName(domain);
  const from = `${name}/${domain.fileName}`;
  const connect = [
    "import { createEventBus } from '@hyvve-events/runtime';",
    `import { %s } from '${from}';`,
    '',
    "const bus = createEventBus({ service: 'my-service', redis: 'redis://127.0.0.1:6379' });",
  ];
  const withImport = (imported: string, lines: readonly string[]) =>
    fenced(
      'ts',
      [...connect, ...lines].join('\n').replace('%s', () => imported),
    );
  const handle = [
    'bus.subscribe(',
    `  ${factory}({`,
    `    async ${event.handler}(event) {`,
    '      console.log(event.id, event.data);',
    '    },',
    '  }),',
    ');',
    'await bus.start();',
  ];
  return [
    install,
    ...(call === undefined ? [] : ['## Publish', withImport(event.publisher, ['await bus.start();', call])]),
    '## Handle',
    withImport(factory, handle),
    `Each domain has a module with its types, publish functions and handlers. \`${name}\` exports those of all domains, and ` +
      '`subscribe` for patterns such as `*`.',
  ];
}

/** The first event that has an example, or else the first event. */
function exampleOf({ domains, catalog }: EventModel, { eventsOf }: ModelContents) {
  const all = domains.flatMap((domain) => eventsOf(domain).map((event) => ({ domain, event })));
  const { domain, event } =
    all.find((each) => !each.event.deprecated && each.event.examples.length > 0) ?? all[0] ?? {};
  if (domain === undefined || event === undefined) return undefined;
  return { domain, event, call: publishExample(event, catalog.envelope) };
}

function domainBlocks(domain: DomainModel, name: string, events: readonly EventModelEntry[]): string[] {
  const rows = events.map((event) => {
    const meaning = event.summary ?? event.title ?? event.description ?? '';
    const note = event.deprecated ? '**Deprecated.** ' : '';
    return row([
      `\`${event.type}\` ${event.version}`,
      `${note}${markdown(meaning)}`,
      `\`${event.publisher}\``,
      `\`${event.handler}\``,
    ]);
  });
  return [
    `### ${markdown(domain.title ?? domain.name)}: \`${name}/${domain.fileName}\``,
    domain.description === undefined ? '' : markdown(domain.description),
    [row(['event', 'meaning', 'publish', 'handle']), '|---|---|---|---|', ...rows].join('\n'),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A text of the catalog on one line, which neither ends a cell of a table nor is read as HTML. */
function markdown(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

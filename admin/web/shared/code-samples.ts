import type { DomainModel, EventModelEntry, JsonValue } from '@hyvve-events/catalog-model';

/** The code that publishes an event, with the names that are generated for it. */
export function publishSample(event: EventModelEntry, domain: DomainModel, sdk: string): string {
  const data = event.examples[0]?.data;
  return [
    `import { ${event.publisher} } from '${moduleOf(domain, sdk)}';`,
    '',
    `await ${event.publisher}(`,
    '  bus,',
    data === undefined ? `  data, // of type ${event.payload}` : `${indent(literal(data), 2)},`,
    "  { tenantId: 'acme' },",
    ');',
  ].join('\n');
}

/** The code that handles it. */
export function handleSample(event: EventModelEntry, domain: DomainModel, sdk: string): string {
  const handlers = `${domain.typeName.charAt(0).toLowerCase()}${domain.typeName.slice(1)}Handlers`;
  return [
    `import { ${handlers} } from '${moduleOf(domain, sdk)}';`,
    '',
    'bus.subscribe(',
    `  ${handlers}({`,
    `    async ${event.handler}(event, ctx) {`,
    `      // event.data is ${article(event.payload)} ${event.payload}`,
    '    },',
    '  }),',
    ');',
  ].join('\n');
}

function moduleOf(domain: DomainModel, sdk: string): string {
  // A folder of the service's own code is imported by its path, which has an extension.
  return sdk.startsWith('.') ? `${sdk}/${domain.fileName}.js` : `${sdk}/${domain.fileName}`;
}

function article(name: string): string {
  return /^[AEIO]/.test(name) ? 'an' : 'a';
}

/** JSON as it is written in TypeScript. */
function literal(value: JsonValue): string {
  return JSON.stringify(value, undefined, 2)
    .replace(/^(\s*)"([A-Za-z_$][\w$]*)":/gm, '$1$2:')
    .replace(/"((?:[^"\\]|\\.)*)"/g, (whole, inner: string) => (/['\\]/.test(inner) ? whole : `'${inner}'`));
}

function indent(text: string, spaces: number): string {
  return text.replace(/^/gm, ' '.repeat(spaces));
}

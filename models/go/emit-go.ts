import type { DomainModel, EventModel, EventModelEntry, EventModelText } from '@hyvve-events/catalog-model';
import { printTypes } from '../modelina/print-types.js';
import { modelsFile } from '../models-file.js';
import type { EmittedModelFile, ModelsOptions } from '../models-options.js';
import type { PreparedModels } from '../prepare/prepare-models.js';
import type { NamedType } from '../prepare/prepared-types.js';
import { GoNames, goFileName, goPackageName } from './go-names.js';
import { goComment, goString } from './go-text.js';
import { goGenerator } from './go-types.js';
import { printGoType } from './print-type.js';
import { type GoExample, printGoExample } from './publish-example.js';
import { newEnvelopeFile, objectFile } from './support-files.js';

/** Version of Go that the code needs: generics, and doc comments as they are formatted since. */
const goVersion = '1.19';

/** A Go module with one package: a file for each domain, one for what several domains use, and the envelope. */
export async function emitGo(
  model: EventModel,
  prepared: PreparedModels,
  { header, package: module }: ModelsOptions,
): Promise<readonly EmittedModelFile[]> {
  const all = [...prepared.types, ...prepared.envelope];
  const names = new GoNames(
    all.map(({ name }) => name),
    ['Ptr', 'NewEnvelope'],
  );
  const types = new Map(all.map((type) => [type.name, type]));
  const parts = new Map<string, readonly string[]>();
  const constants = new Map<string, ReadonlyMap<string, string>>();
  const context = { names, types, envelope: prepared.envelopeName, parts, constants };
  const texts = await printTypes(
    all,
    (print) => goGenerator(print, (name) => names.type(name)),
    (type, texts) => printGoType(type, texts, context),
  );
  const head = `// ${header}\n\n`;
  const name = goPackageName(module);
  const textsOf = (of: readonly NamedType[]) => of.map((type) => texts.get(type.name) ?? '');
  const file = (path: string, parts: readonly string[], doc = '') => ({
    path,
    text: `${head}${doc}package ${name}\n\n${importsFor(parts)}${parts.join('\n\n')}\n`,
  });
  const eventNames = new Map(model.events.map((event) => [event.type, namesOf(event, names)]));
  const example = (event: EventModelEntry): Pick<EventModelText, 'publish'> => {
    const own = eventNames.get(event.type);
    if (own === undefined || event.reply) return {};
    const typesByGoName = new Map(all.map((type) => [names.type(type.name), type]));
    const payload = names.type(event.payload);
    const eventConstants: GoExample['eventConstants'] = [own.type, own.version];
    const more = { module, packageName: name, types: typesByGoName, parts, constants, eventConstants, payload };
    return { publish: printGoExample(event, more) };
  };
  const events = new Map(
    model.events.map((event) => [
      event.type,
      printEvent(event, eventNames.get(event.type), names, prepared.envelopeName),
    ]),
  );
  const domains = model.domains.map((domain) => {
    const parts = [
      ...textsOf(prepared.types.filter((type) => type.domain === domain.name)),
      ...model.events.flatMap((event) => (event.domain === domain.name ? [events.get(event.type) ?? ''] : [])),
    ];
    return file(goFileName(domain.fileName), parts);
  });
  const shared = textsOf(prepared.types.filter((type) => type.domain === undefined));
  const about = `Package ${name} has the models of the events of ${model.catalog.title}, version ${model.catalog.version}.`;
  const fileOf = fileFinder(model.domains, prepared.types);
  const json = modelsFile('go', module, model, (event) => ({
    file: fileOf(event.payload),
    model: textsOf(prepared.typesFor(event)).join('\n\n'),
    ...example(event),
  }));
  return [
    ...domains,
    ...(shared.length === 0 ? [] : [file('shared.go', shared)]),
    file('envelope.go', textsOf(prepared.envelope), `${goComment(about).join('\n')}\n`),
    { path: 'object.go', text: `${head}package ${name}\n\n${objectFile}` },
    {
      path: 'new_envelope.go',
      text: `${head}package ${name}\n\n${newEnvelopeFile(names.type(prepared.envelopeName))}`,
    },
    { path: 'go.mod', text: `// ${header}\n\nmodule ${module}\n\ngo ${goVersion}\n` },
    { path: 'models.json', text: `${JSON.stringify(json, undefined, 2)}\n` },
  ];
}

/** The file that declares a type. */
function fileFinder(domains: readonly DomainModel[], types: readonly NamedType[]): (name: string) => string {
  const domainOf = new Map(types.map((type) => [type.name, type.domain]));
  return (name) => {
    const domain = domains.find((each) => each.name === domainOf.get(name));
    return domain === undefined ? 'shared.go' : goFileName(domain.fileName);
  };
}

function importsFor(parts: readonly string[]): string {
  return parts.some((part) => part.includes('json.')) ? 'import "encoding/json"\n\n' : '';
}

interface EventNames {
  readonly alias: string;
  readonly type: string;
  readonly version: string;
}

function namesOf({ typeName, key }: EventModelEntry, names: GoNames): EventNames {
  return { alias: names.take(typeName), type: names.take(`${key}Type`), version: names.take(`${key}Version`) };
}

function printEvent(event: EventModelEntry, own: EventNames | undefined, names: GoNames, envelope: string): string {
  if (own === undefined) return '';
  const { alias, type, version } = own;
  const summary = event.summary ?? event.description ?? `an event of type ${event.type}`;
  const text = [`${alias}: ${summary.trim()}`, ...(event.deprecated ? ['Deprecated: the catalog marks it.'] : [])];
  return [
    ...goComment(text.join('\n\n')),
    `type ${alias} = ${names.type(envelope)}[${names.type(event.payload)}]`,
    '',
    `// Type and version of ${alias}, as they are in the envelope.`,
    'const (',
    ...aligned([
      [type, goString(event.type)],
      [version, goString(event.version)],
    ]),
    ')',
  ].join('\n');
}

function aligned(values: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...values.map(([name]) => [...name].length));
  return values.map(([name, value]) => `\t${name}${' '.repeat(width - [...name].length)} = ${value}`);
}

import type { EventModel, EventModelEntry, ModelsFile } from '@hyvve-events/catalog-model';
import { printTypes } from '../modelina/print-types.js';
import { modelsFile } from '../models-file.js';
import type { EmittedModelFile, ModelsOptions } from '../models-options.js';
import type { PreparedModels } from '../prepare/prepare-models.js';
import { printModule } from './domain-module.js';
import { printPythonType } from './print-type.js';
import { printPublishExample } from './publisher/publish-example.js';
import { printPublishFunction, publisherImport, publishFunctionNames } from './publisher/publish-functions.js';
import { publisherModule } from './publisher/publisher-module.js';
import { schemasModule } from './publisher/schemas-module.js';
import { validationModule } from './publisher/validation-module.js';
import { isKeyword, pythonTypeName } from './python-names.js';
import { pythonGenerator } from './python-types.js';
import { baseModule } from './support-modules.js';
import { strictestFirst } from './union-order.js';

/** Modules that no domain can have. */
const ownModules = ['envelope', 'shared', 'publisher', '_base', '_schemas', '_validation', '__init__'];

/** A Python package: one module for each domain, one for what several domains use, and the envelope. */
export async function emitPython(
  model: EventModel,
  prepared: PreparedModels,
  { header, package: name }: ModelsOptions,
): Promise<readonly EmittedModelFile[]> {
  const envelope = prepared.envelopeName;
  const folder = name.replaceAll('.', '/');
  const file = (path: string, text: string) => ({ path: `${folder}/${path}`, text });
  const all = strictestFirst([...prepared.types, ...prepared.envelope]);
  const texts = await printTypes(
    all,
    (print) => pythonGenerator(print, pythonTypeName),
    (type, types) => printPythonType(type, types, type.name === envelope ? envelopeHead : {}),
  );
  const moduleOfDomain = new Map(model.domains.map((domain) => [domain.name, moduleName(domain.fileName)]));
  const domainOf = new Map(prepared.types.map((type) => [type.name, type.domain]));
  const moduleOf = (type: string) => {
    const domain = domainOf.get(type);
    return domain === undefined ? 'shared' : moduleOfDomain.get(domain);
  };
  const eventsOf = (domain: string) => model.events.filter((event) => event.domain === domain);
  const functionsOfDomain = new Map(model.domains.map(({ name }) => [name, publishFunctionNames(eventsOf(name))]));
  const modules = model.domains.map((domain) => {
    const types = prepared.types.filter((type) => type.domain === domain.name);
    const events = eventsOf(domain.name);
    const title = domain.description ?? domain.title ?? `Events of the domain ${domain.name}.`;
    const functions = functionsOfDomain.get(domain.name);
    const sections = events.flatMap((event) => {
      const name = functions?.get(event.type);
      return name === undefined ? [] : [printPublishFunction(event, name)];
    });
    const imports = sections.length === 0 ? [] : [publisherImport];
    return file(
      `${moduleName(domain.fileName)}.py`,
      printModule({ header, title, types, texts, events, envelope, moduleOf, sections, imports }),
    );
  });
  const shared = prepared.types.filter((type) => type.domain === undefined);
  const sharedTitle = 'Models that several domains use.';
  const sharedFiles =
    shared.length === 0
      ? []
      : [
          file(
            'shared.py',
            printModule({ header, title: sharedTitle, types: shared, texts, events: [], envelope, moduleOf }),
          ),
        ];
  const envelopeModule = printModule({
    header,
    texts,
    envelope,
    moduleOf,
    events: [],
    title: 'The envelope that contains the data of every event.',
    types: prepared.envelope,
    before: ['DataT = TypeVar("DataT")'],
  });
  const byName = new Map(all.map((type) => [type.name, type]));
  const publishExampleOf = (event: EventModelEntry): { readonly publish?: string } => {
    const call = functionsOfDomain.get(event.domain)?.get(event.type);
    const module = moduleOfDomain.get(event.domain);
    if (call === undefined || module === undefined) return {};
    const moduleOfType = (type: string) => moduleOf(type) ?? 'shared';
    const publish = printPublishExample(event, {
      package: name,
      module,
      function: call,
      moduleOf: moduleOfType,
      types: byName,
      catalog: model.catalog,
    });
    return { publish };
  };
  const title = `Models of the events of ${model.catalog.title}, version ${model.catalog.version}.`;
  const json: ModelsFile = modelsFile('python', name, model, (event: EventModelEntry) => ({
    file: `${folder}/${moduleOf(event.payload) ?? 'shared'}.py`,
    model: prepared
      .typesFor(event)
      .map((type) => texts.get(type.name) ?? '')
      .join('\n\n\n'),
    ...publishExampleOf(event),
  }));
  return [
    ...modules,
    ...sharedFiles,
    file('envelope.py', envelopeModule),
    file('_base.py', `# ${header}\n${baseModule}`),
    file('publisher.py', `# ${header}\n${publisherModule}`),
    file('_validation.py', `# ${header}\n${validationModule}`),
    file('_schemas.py', `# ${header}\n${schemasModule(model)}`),
    file('__init__.py', `# ${header}\n"""${title.replaceAll(/["\\\n]/g, ' ')}"""\n`),
    // With the header, so that it is removed when the package gets another name.
    file('py.typed', `# ${header}\n`),
    { path: 'models.json', text: `${JSON.stringify(json, undefined, 2)}\n` },
  ];
}

/** The envelope is generic in its data. */
const envelopeHead = { bases: ['Generic[DataT]'], types: { data: 'DataT' } };

/** Name of a domain's module. */
function moduleName(fileName: string): string {
  const name = fileName.replaceAll(/[^\p{XIDC}]/gu, '_');
  const valid = /^\p{XIDS}/u.test(name) ? name : `domain_${name}`;
  return ownModules.includes(valid) || isKeyword(valid) ? `${valid}_` : valid;
}

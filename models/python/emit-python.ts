import type { EventModel, EventModelEntry, ModelsFile } from '@hyvve-events/catalog-model';
import { printTypes } from '../modelina/print-types.js';
import { modelsFile } from '../models-file.js';
import type { EmittedModelFile, ModelsOptions } from '../models-options.js';
import type { PreparedModels } from '../prepare/prepare-models.js';
import { printModule } from './domain-module.js';
import { printPythonType } from './print-type.js';
import { pythonTypeName } from './python-names.js';
import { pythonGenerator } from './python-types.js';
import { baseModule } from './support-modules.js';

/** Modules that no domain can have. */
const ownModules = ['envelope', 'shared', '_base', '_publisher', '__init__'];

/** A Python package: one module for each domain, one for what several domains use, and the envelope. */
export async function emitPython(
  model: EventModel,
  prepared: PreparedModels,
  { header, package: name }: ModelsOptions,
): Promise<readonly EmittedModelFile[]> {
  const envelope = prepared.envelopeName;
  const folder = name.replaceAll('.', '/');
  const file = (path: string, text: string) => ({ path: `${folder}/${path}`, text });
  const all = [...prepared.types, ...prepared.envelope];
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
  const modules = model.domains.map((domain) => {
    const types = prepared.types.filter((type) => type.domain === domain.name);
    const events = model.events.filter((event) => event.domain === domain.name);
    const title = domain.description ?? domain.title ?? `Events of the domain ${domain.name}.`;
    return file(
      `${moduleName(domain.fileName)}.py`,
      printModule({ header, title, types, texts, events, envelope, moduleOf }),
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
    ...{ header, texts, envelope, moduleOf, events: [] },
    title: 'The envelope that contains the data of every event.',
    types: prepared.envelope,
    before: ['DataT = TypeVar("DataT")'],
  });
  const title = `Models of the events of ${model.catalog.title}, version ${model.catalog.version}.`;
  const json: ModelsFile = modelsFile('python', name, model, (event: EventModelEntry) => ({
    file: `${folder}/${moduleOf(event.payload) ?? 'shared'}.py`,
    model: prepared
      .typesFor(event)
      .map((type) => texts.get(type.name) ?? '')
      .join('\n\n\n'),
  }));
  return [
    ...modules,
    ...sharedFiles,
    file('envelope.py', envelopeModule),
    file('_base.py', `# ${header}\n${baseModule}`),
    file('__init__.py', `# ${header}\n"""${title.replaceAll(/["\\\n]/g, ' ')}"""\n`),
    file('py.typed', ''),
    { path: 'models.json', text: `${JSON.stringify(json, undefined, 2)}\n` },
  ];
}

/** The envelope is generic in its data. */
const envelopeHead = { bases: ['Generic[DataT]'], types: { data: 'DataT' } };

/** Name of a domain's module. */
function moduleName(fileName: string): string {
  const name = fileName.replaceAll(/[^\p{XIDC}]/gu, '_');
  const valid = /^\p{XIDS}/u.test(name) ? name : `domain_${name}`;
  return ownModules.includes(valid) ? `${valid}_` : valid;
}

import type { EventModel, EventModelEntry, EventModelText } from '@hyvve-events/catalog-model';
import { printTypes } from '../modelina/print-types.js';
import { modelsFile } from '../models-file.js';
import type { EmittedModelFile, ModelsOptions } from '../models-options.js';
import type { PreparedModels } from '../prepare/prepare-models.js';
import { withoutAliases } from './java-aliases.js';
import { javaConstantNames, javaTypeName } from './java-names.js';
import { javadoc } from './java-text.js';
import { javaGenerator } from './java-types.js';
import { printJavaType } from './print-type.js';
import { printJavaExample } from './publish-example.js';
import { eventTypeClass, supportClasses } from './support-classes.js';

/** Where the classes come from that the models use. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'com.fasterxml.jackson.annotation': [
    ...['JsonAnyGetter', 'JsonAnySetter', 'JsonAutoDetect', 'JsonCreator', 'JsonInclude', 'JsonProperty', 'JsonSetter'],
    'JsonValue',
  ],
  'com.fasterxml.jackson.databind': ['JsonNode', 'ObjectMapper'],
  'java.math': ['BigDecimal', 'BigInteger'],
  'java.util': ['ArrayList', 'Arrays', 'LinkedHashMap', 'List', 'Map', 'Objects', 'Set', 'TreeSet', 'UUID'],
  'java.time': ['Instant', 'ZoneOffset'],
  'java.time.format': ['DateTimeFormatter'],
};

/** A Java package with a class in a file for each type. */
export async function emitJava(
  model: EventModel,
  prepared: PreparedModels,
  { header, package: name }: ModelsOptions,
): Promise<readonly EmittedModelFile[]> {
  const payloads = new Set(
    model.events.flatMap(({ payload, older = [] }) => [payload, ...older.map((each) => each.payload)]),
  );
  const types = withoutAliases([...prepared.types, ...prepared.envelope], payloads);
  const parts = new Map<string, readonly string[]>();
  const texts = await printTypes(types, javaGenerator, (type, fieldTypes) => {
    parts.set(javaTypeName(type.name), fieldTypes);
    return printJavaType(type, fieldTypes, prepared.envelopeName);
  });
  const constants = javaConstantNames(model.events.map(({ constant }) => constant));
  const byClass = new Map(types.map((type) => [javaTypeName(type.name), type]));
  const path = (type: string) => `${name.replaceAll('.', '/')}/${type}.java`;
  const file = (type: string, text: string) => ({
    path: path(type),
    text: `// ${header}\npackage ${name};\n\n${importsFor(text)}${text}\n`,
  });
  const publishOf = (event: EventModelEntry): Pick<EventModelText, 'publish'> => {
    if (event.reply) return {};
    const constant = constants.get(event.constant) ?? '';
    const payload = javaTypeName(event.payload);
    return { publish: printJavaExample(event, { package: name, types: byClass, parts, constant, payload }) };
  };
  const json = modelsFile('java', name, model, (event) => ({
    file: path(javaTypeName(event.payload)),
    model: prepared
      .typesFor(event)
      .flatMap((type) => texts.get(type.name) ?? [])
      .join('\n\n'),
    ...publishOf(event),
  }));
  return [
    ...types.map((type) => file(javaTypeName(type.name), texts.get(type.name) ?? '')),
    ...Object.entries(supportClasses).map(([type, text]) => file(type, text)),
    file('EventType', eventTypeClass(javaTypeName(prepared.envelopeName))),
    file('EventTypes', printEventTypes(model, constants)),
    { path: 'models.json', text: `${JSON.stringify(json, undefined, 2)}\n` },
  ];
}

/** Imports of the classes whose names a text contains outside of comments and strings. */
function importsFor(text: string): string {
  const code = text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '').replaceAll(/"(?:\\.|[^"\\])*"/g, '');
  const words = new Set(code.match(/[\p{L}\p{Nd}_$]+/gu));
  const groups = Object.entries(packages).map(([from, names]) =>
    names.filter((each) => words.has(each)).map((each) => `import ${from}.${each};`),
  );
  const lines = groups.flat();
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}

function printEventTypes({ events, catalog }: EventModel, constants: ReadonlyMap<string, string>): string {
  const fields = events.flatMap((event, index) => {
    const payload = javaTypeName(event.payload);
    const text = `${JSON.stringify(event.type)}, ${JSON.stringify(event.version)}, ${payload}.class`;
    return [
      ...(index === 0 ? [] : ['']),
      ...javadoc([event.summary ?? event.description], '    '),
      ...(event.deprecated ? ['    @Deprecated'] : []),
      `    public static final EventType<${payload}> ${constants.get(event.constant)} =`,
      `            new EventType<>(${text});`,
    ];
  });
  return [
    ...javadoc([`The events of ${catalog.title}, version ${catalog.version}.`]),
    'public final class EventTypes {',
    ...fields,
    '',
    '    private EventTypes() {}',
    '}',
  ].join('\n');
}

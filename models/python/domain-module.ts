import type { EventModelEntry } from '@hyvve-events/catalog-model';
import type { NamedType } from '../prepare/prepared-types.js';
import { refsIn, typesIn } from '../prepare/types-in.js';
import { importOf } from './print-import.js';
import { docstring } from './print-type.js';
import { pythonTypeName } from './python-names.js';

/** What a module of models contains. */
export interface ModuleContent {
  /** The first line, without comment signs. */
  readonly header: string;
  /** What the module is about. */
  readonly title: string;
  readonly types: readonly NamedType[];
  /** The text of each type, by name. */
  readonly texts: ReadonlyMap<string, string>;
  /** Events of the domain, with the names of the module of their payload. */
  readonly events: readonly EventModelEntry[];
  /** Name of the envelope's class. */
  readonly envelope: string;
  /** The module of a type that is not in this one. */
  readonly moduleOf: (name: string) => string | undefined;
  /** Statements before the models. */
  readonly before?: readonly string[];
  /** Sections after the models and the events, such as functions, each without empty lines around it. */
  readonly sections?: readonly string[];
  /** Lines of imports that the sections need. */
  readonly imports?: readonly string[];
}

const typingNames = ['Annotated', 'Any', 'Generic', 'Literal', 'TypeVar'];
const baseNames = ['Boolean', 'EventData', 'Integer', 'Number', 'OpenEnum'];

/** The text of a module: imports, enums, classes, the names of other types, events, and further sections. */
export function printModule(content: ModuleContent): string {
  const { header, title, types, texts, events, before = [], sections = [] } = content;
  const models = ordered(types).map(({ name }) => texts.get(name) ?? '');
  const body = [...before, ...models, ...(events.length === 0 ? [] : [printEvents(content)]), ...sections];
  const code = body.join('\n').replaceAll(/^ *"""(?:.*"""$|[\s\S]*?^ *"""$)/gm, '');
  const standard = ['from __future__ import annotations', importOf('typing', used(typingNames, code))];
  const others = [
    importOf('pydantic', used(['ConfigDict', 'Field'], code)),
    importOf('typing_extensions', used(['Unpack'], code)),
  ];
  const own = [
    importOf('._base', used(baseNames, code)),
    ...(events.length === 0 ? [] : [`from .envelope import ${content.envelope}`]),
    ...importsOf(content),
    ...(content.imports ?? []),
  ];
  const [future, ...typing] = standard;
  const groups = [[future], typing, others, own.sort()].map((group) =>
    group.filter((line) => line !== undefined && line !== ''),
  );
  const head = [`# ${header}`, ...docstring(title, '')].join('\n');
  const imports = groups.filter((group) => group.length > 0).map((group) => group.join('\n'));
  return `${[head, ...imports].join('\n\n')}\n\n\n${separated(body)}\n`;
}

/** Two empty lines around classes and functions, one between other statements. */
function separated(body: readonly string[]): string {
  return body
    .map((text, index) => {
      if (index === 0) return text;
      const isBlock = [text, body[index - 1] ?? ''].some((each) => /^(class|def|@)/.test(each));
      return `${isBlock ? '\n\n' : '\n'}${text}`;
    })
    .join('\n');
}

function used(names: readonly string[], code: string): readonly string[] {
  return names.filter((name) => new RegExp(`(?<![\\w."])${name}(?![\\w"])`).test(code));
}

function importsOf({ types, events, moduleOf }: ModuleContent): readonly string[] {
  const own = new Set(types.map(({ name }) => name));
  const names = new Set([
    ...types.flatMap((type) => typesIn(type).flatMap(refsIn)),
    ...events.map((event) => event.payload),
  ]);
  const byModule = new Map<string, string[]>();
  for (const name of [...names].filter((each) => !own.has(each)).sort()) {
    const module = moduleOf(name);
    if (module !== undefined) byModule.set(module, [...(byModule.get(module) ?? []), pythonTypeName(name)]);
  }
  return [...byModule].map(([module, imported]) => importOf(`.${module}`, imported));
}

/** Enums, then classes, whose fields may refer to later names, then the others, each after those that it refers to. */
function ordered(types: readonly NamedType[]): readonly NamedType[] {
  const byName = new Map(types.map((type) => [type.name, type]));
  const placed = new Set<NamedType>();
  const place = (type: NamedType): void => {
    if (placed.has(type)) return;
    for (const name of type.kind === 'object' ? [] : typesIn(type).flatMap(refsIn)) {
      const other = byName.get(name);
      if (other !== undefined && (other.kind === 'alias' || other.kind === 'union')) place(other);
    }
    placed.add(type);
  };
  for (const kind of ['enum', 'object']) for (const type of types) if (type.kind === kind) placed.add(type);
  for (const type of types) place(type);
  return [...placed];
}

function printEvents({ events, envelope }: ModuleContent): string {
  return events
    .map((event) => {
      const title = `\`${event.type}\`, version ${event.version}.`;
      const text = [event.summary ?? event.description, title, ...(event.deprecated ? ['Deprecated.'] : [])];
      const doc = docstring(text.filter((part) => part !== undefined).join('\n\n'), '');
      return [`${pythonTypeName(event.typeName)} = ${envelope}[${pythonTypeName(event.payload)}]`, ...doc].join('\n');
    })
    .join('\n\n');
}

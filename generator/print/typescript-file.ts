import { headerLine } from './header.js';
import type { Imports } from './imports.js';
import { indent, lineWidth } from './text.js';

/** One TypeScript file to print. */
export interface SourceFileContent {
  /** The catalog file that it is generated from, for the header. */
  readonly source: string;
  readonly imports: Imports;
  /** `export { … } from '…'` lines, after the imports. */
  readonly reexports?: readonly Reexport[];
  readonly statements: readonly Statement[];
}

export interface Reexport {
  readonly from: string;
  /** Types as `type Name`. */
  readonly names: readonly string[];
}

/** A top-level declaration, always exported. `doc` is a complete JSDoc comment, or `''`. */
export type Statement = InterfaceStatement | TypeStatement | ConstStatement | FunctionStatement;

export interface InterfaceStatement {
  readonly kind: 'interface';
  readonly name: string;
  readonly doc: string;
  readonly extends?: readonly string[];
  readonly members: readonly InterfaceMember[];
}

export interface InterfaceMember {
  readonly doc: string;
  /** As written in the code: with quotes if they are necessary, `[key: string]` for an index signature. */
  readonly name: string;
  readonly optional?: boolean;
  /** A method's parameters; absent for a property, which is readonly. */
  readonly parameters?: readonly Parameter[];
  /** The type of the property, or the return type of the method. */
  readonly type: string;
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
}

export interface TypeStatement {
  readonly kind: 'type';
  readonly name: string;
  readonly doc: string;
  readonly typeParameters?: readonly string[];
  /** Begins with a line break if it starts on a new line. */
  readonly type: string;
}

export interface ConstStatement {
  readonly kind: 'const';
  readonly name: string;
  readonly doc: string;
  readonly type?: string;
  readonly value: string;
}

export interface FunctionStatement {
  readonly kind: 'function';
  readonly name: string;
  readonly doc: string;
  readonly typeParameters?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly returns: string;
  readonly body: string;
}

/** Prints a complete TypeScript file, formatted, with a newline at the end. */
export function printSourceFile({ source, imports, reexports = [], statements }: SourceFileContent): string {
  const head = [
    `// ${headerLine(source)}`,
    ...imports.declarations().map(({ from, typeOnly, names }) => {
      return nameList(`import ${typeOnly ? 'type ' : ''}{`, names, `} from '${from}';`);
    }),
    ...reexports.map(({ from, names }) => {
      const typeOnly = names.length > 0 && names.every((name) => name.startsWith('type '));
      const written = typeOnly ? names.map((name) => name.slice('type '.length)) : names;
      return nameList(typeOnly ? 'export type {' : 'export {', written, `} from '${from}';`);
    }),
    // A file without exports would not be a module.
    ...(statements.length + reexports.length === 0 ? ['export {};'] : []),
  ];
  const body = statements.map((statement) => `${statement.doc === '' ? '' : `${statement.doc}\n`}${print(statement)}`);
  return `${[head.join('\n'), ...body].join('\n\n')}\n`;
}

/** The members of an interface or an object type, each on one or more lines. */
export function printMembers(members: readonly InterfaceMember[]): string {
  return members.map((member) => `${member.doc === '' ? '' : `${member.doc}\n`}${printMember(member)}`).join('\n');
}

function print(statement: Statement): string {
  const { name } = statement;
  switch (statement.kind) {
    case 'interface': {
      const bases = statement.extends ?? [];
      const members = statement.members.length === 0 ? '{}' : `{\n${indent(printMembers(statement.members))}\n}`;
      const head = `export interface ${name}`;
      if (bases.length === 0) return `${head} ${members}`;
      const flat = `${head} extends ${bases.join(', ')} ${members.split('\n', 1)[0]}`;
      const separator = flat.length > lineWidth ? '\n  ' : ' ';
      return `${head}${separator}extends ${bases.join(', ')} ${members}`;
    }
    case 'type': {
      const head = `export type ${name}${typeParameters(statement.typeParameters)} =`;
      return `${head}${statement.type.startsWith('\n') ? indentRest(statement.type) : ` ${statement.type}`};`;
    }
    case 'const': {
      const head = `export const ${name}${statement.type === undefined ? '' : `: ${statement.type}`} =`;
      const [first = ''] = statement.value.split('\n', 1);
      const end = first === statement.value ? ';' : '';
      if (head.length + 1 + first.length + end.length <= lineWidth) return `${head} ${statement.value};`;
      return `${head}\n${indent(statement.value)};`;
    }
    case 'function': {
      const parameters = statement.parameters.map(printParameter);
      const head = `export function ${name}${typeParameters(statement.typeParameters)}(`;
      return `${callList(head, parameters, `): ${statement.returns} {`)}\n${indent(statement.body)}\n}`;
    }
  }
}

function indentRest(text: string): string {
  return text.replaceAll(/\n(?=.)/g, '\n  ');
}

function printMember({ name, optional, parameters, type }: InterfaceMember): string {
  if (parameters === undefined) {
    const head = `readonly ${name}${optional === true ? '?' : ''}:`;
    return `${head}${type.startsWith('\n') ? '' : ' '}${indentUnion(type)};`;
  }
  return `${name}(${parameters.map(printParameter).join(', ')}): ${type};`;
}

/** Indents a union that starts on a new line, below its property. */
function indentUnion(type: string): string {
  return type.startsWith('\n') ? indentRest(type) : type;
}

function printParameter({ name, type, optional }: Parameter): string {
  return `${name}${optional === true ? '?' : ''}: ${type}`;
}

function typeParameters(names: readonly string[] = []): string {
  return names.length === 0 ? '' : `<${names.join(', ')}>`;
}

function nameList(open: string, names: readonly string[], close: string): string {
  const flat = `${open} ${names.join(', ')} ${close}`;
  return flat.length <= lineWidth ? flat : lines(open, names, close);
}

function callList(open: string, items: readonly string[], close: string): string {
  const flat = `${open}${items.join(', ')}${close}`;
  return flat.length <= lineWidth ? flat : lines(open, items, close);
}

function lines(open: string, items: readonly string[], close: string): string {
  return `${open}\n${items.map((item) => `${indent(item)},\n`).join('')}${close}`;
}

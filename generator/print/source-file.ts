import type { StatementStructures } from 'ts-morph';
import { headerLine } from './header.js';
import type { Imports } from './imports.js';
import { tidy } from './tidy.js';

/** One TypeScript file to print. */
export interface SourceFileContent {
  /** The catalog's file that it comes from, for the header. */
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

/** A statement at the top of a file, always exported; text is printed as it is. `doc` is a whole JSDoc comment. */
export type Statement = string | InterfaceStatement | TypeStatement | ConstStatement | FunctionStatement;

export interface InterfaceStatement {
  readonly kind: 'interface';
  readonly name: string;
  readonly doc: string;
  readonly extends?: string;
  readonly members: readonly InterfaceMember[];
}

export interface InterfaceMember {
  readonly doc: string;
  readonly name: string;
  /** A method's parameters; absent for a property. */
  readonly parameters?: readonly Parameter[];
  /** The property's type, or what the method returns. */
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

/** Prints a whole TypeScript file, formatted, ending in a newline. */
export type PrintSourceFile = (content: SourceFileContent) => string;

/** Loads ts-morph (0.3 s, hence only when there is something to print). */
export async function createPrinter(): Promise<PrintSourceFile> {
  const { IndentationText, NewLineKind, Project, QuoteKind, StructureKind, VariableDeclarationKind } = await import(
    'ts-morph'
  );
  const project = new Project({
    useInMemoryFileSystem: true,
    compilerOptions: { noLib: true },
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
      quoteKind: QuoteKind.Single,
    },
  });

  const parameters = (list: readonly Parameter[]) =>
    list.map(({ name, type, optional }) => ({ name, type, hasQuestionToken: optional === true }));

  const structureOf = (statement: Exclude<Statement, string>): StatementStructures => {
    const { name } = statement;
    const common = { name, isExported: true, leadingTrivia: leading(statement.doc) };
    switch (statement.kind) {
      case 'interface':
        return {
          ...common,
          kind: StructureKind.Interface,
          ...(statement.extends === undefined ? {} : { extends: [statement.extends] }),
          properties: statement.members
            .filter((member) => member.parameters === undefined)
            .map((member) => ({
              name: member.name,
              type: member.type,
              isReadonly: true,
              leadingTrivia: leading(member.doc),
            })),
          methods: statement.members
            .filter((member) => member.parameters !== undefined)
            .map((member) => ({
              name: member.name,
              parameters: parameters(member.parameters ?? []),
              returnType: member.type,
              leadingTrivia: leading(member.doc),
            })),
        };
      case 'type':
        return {
          ...common,
          kind: StructureKind.TypeAlias,
          typeParameters: [...(statement.typeParameters ?? [])],
          type: statement.type,
        };
      case 'const':
        return {
          kind: StructureKind.VariableStatement,
          declarationKind: VariableDeclarationKind.Const,
          isExported: true,
          leadingTrivia: leading(statement.doc),
          declarations: [{ name, initializer: statement.value, ...(statement.type ? { type: statement.type } : {}) }],
        };
      case 'function':
        return {
          ...common,
          kind: StructureKind.Function,
          typeParameters: [...(statement.typeParameters ?? [])],
          parameters: parameters(statement.parameters),
          returnType: statement.returns,
          statements: statement.body,
        };
    }
  };

  let count = 0;
  return ({ source, imports, reexports = [], statements }) => {
    const head: StatementStructures[] = [
      ...imports
        .declarations()
        .map((names): StatementStructures => ({ ...names, kind: StructureKind.ImportDeclaration })),
      ...reexports.map(
        ({ from, names }): StatementStructures => ({
          kind: StructureKind.ExportDeclaration,
          moduleSpecifier: from,
          namedExports: [...names],
        }),
      ),
    ];
    const body = statements.map((statement) =>
      typeof statement === 'string' ? `\n${statement}` : structureOf(statement),
    );
    // One structure for the whole file: adding statements one by one costs their number squared.
    const file = project.createSourceFile(`${count++}.ts`, {
      leadingTrivia: `// ${headerLine(source)}\n`,
      statements: [...head, ...body],
    });
    const text = tidy(file.getFullText());
    project.removeSourceFile(file);
    return text.endsWith('\n') ? text : `${text}\n`;
  };
}

function leading(doc: string): string {
  return doc === '' ? '' : `${doc}\n`;
}
